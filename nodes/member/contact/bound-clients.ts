import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import {
  ClientReleases,
  type ReleaseInput,
  type ReleaseOutput,
} from '../../../server/contact/client-releases.ts';
import type { Epoch } from '../../../server/contact/epochs.ts';
import type { GroupFrame } from '../../../server/contact/group-frames.ts';
import { forgottenOf, heardOf, OwnBindings, type ToldBinding } from '../../../server/contact/own-bindings.ts';
import { StrayClients, type StrayInput, type StrayOutput } from '../../../server/contact/stray-clients.ts';
import { SurveyAnswers } from '../../../server/contact/survey-answers.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';
import type { PeerChange } from '../channel.ts';
import type { Mobility } from '../mobility.ts';
import type { ContactRole } from './contact-role.ts';

export interface BoundClientsOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  /** as this member asks for them */
  readonly bindingLifetimeMs: number;
  /** see ReleasePlan */
  readonly holdOffMs: number;
  readonly patienceMs: number;
  readonly mobility: Pick<Mobility, 'bindings' | 'forget' | 'lastSequence' | 'release' | 'startOver'>;
  readonly role: Pick<ContactRole, 'held' | 'keep' | 'tables'>;
  readonly log: EventWriter;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  /** see ReleasePlan */
  isHere(client: Ipv6Address): boolean;
  living(): readonly Ipv6Address[];
  /** The channel to a member stands, and it understands that a client has gone astray. */
  hearsOfStrays(member: Ipv6Address): boolean;
  /** See StrayOutput. */
  keepOff(clients: readonly Ipv6Address[]): void;
  send(peer: Ipv6Address, frame: GroupFrame): boolean;
}

/**
 * To whom clients are bound, so that one can be released whose member has died. Every member tells the contact node of its bindings. The
 * contact node deletes the bindings of members that have ended. A client that has lost its binding to a living member gets it again.
 */
export class BoundClients {
  readonly #options: BoundClientsOptions;
  readonly #releases: ClientReleases;
  readonly #driver: RoleDriver<ReleaseInput, ReleaseOutput>;
  readonly #answers: SurveyAnswers;
  readonly #strays: StrayClients;
  readonly #strayDriver: RoleDriver<StrayInput, StrayOutput>;
  readonly #own: OwnBindings;
  /** the last term of a contact node that this member has heard of */
  #epoch: Epoch = 0;

  constructor(options: BoundClientsOptions) {
    const {
      careOfAddress: self,
      contactAddress,
      holdOffMs,
      patienceMs,
      role,
      isHere,
      living,
      send,
    } = options;
    this.#options = options;
    this.#own = new OwnBindings(options.bindingLifetimeMs);
    this.#releases = new ClientReleases({ holdOffMs, patienceMs, tables: role.tables, isHere, living });
    this.#answers = new SurveyAnswers({
      isHere,
      answer: (to, dead, clients) =>
        void send(to, { kind: 'contact-surveyed', contactAddress, epoch: this.#epoch, dead, clients }),
    });
    this.#driver = new RoleDriver(this.#releases, (output) => this.#act(output));
    const reaches = (member: Ipv6Address): boolean => options.hearsOfStrays(member);
    this.#strays = new StrayClients({ self, tables: role.tables, reaches });
    this.#strayDriver = new RoleDriver(this.#strays, (output) => this.#actOnStray(output));
  }

  /** The client is bound to another member, which serves: it is not to be taken here. */
  isElsewhere(client: Ipv6Address): boolean {
    return this.#strays.isElsewhere(client);
  }

  /** A TCP segment of this client has come to the contact address as it is. */
  seen(client: Ipv6Address): void {
    this.#strayDriver.handle({ kind: 'seen', client });
  }

  /** This member is about to delete its binding of this client. Whatever the client opens then comes to the contact node. */
  letsGo(client: Ipv6Address): void {
    this.#own.letsGo(client);
    this.#sayStray(this.#options.contactNode(), client);
  }

  /** Takes a client's answer to a deletion; true when it concerns nobody else here. */
  answers(event: MobileNodeEvent): boolean {
    if (!('correspondent' in event) || !this.#releases.isDeleting(event.correspondent)) return false;
    const { correspondent: client } = event;
    const { careOfAddress, isHere, role } = this.#options;
    const mine = !isHere(client);
    switch (event.kind) {
      case 'binding-deleted':
        role.tables.end(client, event.sequence, careOfAddress, monotonicMs());
        this.#driver.handle({ kind: 'deleted', client });
        return mine;
      case 'binding-rejected':
        if (!event.retrying) this.#driver.handle({ kind: 'refused', client });
        return mine;
      case 'gave-up':
      case 'mobility-unsupported':
        this.#driver.handle({ kind: 'unanswered', client });
        return mine;
      default:
        return false;
    }
  }

  /** What this member's own bindings become. */
  onMobilityEvent(event: MobileNodeEvent): void {
    const { bindingLifetimeMs, mobility, role } = this.#options;
    switch (event.kind) {
      case 'return-routability-complete': {
        // The contact node's update to a new client follows: should it die before the answer, its successor knows of the client.
        const { correspondent: client } = event;
        const sequence = mobility.lastSequence(client);
        const known = role.tables.bindingOf(client, monotonicMs()) !== undefined;
        if (role.held && sequence !== undefined && !known)
          this.#keep(this.#options.careOfAddress, { client, sequence, lifetimeMs: bindingLifetimeMs });
        return;
      }
      case 'binding-acknowledged': {
        const { correspondent: client, sequence, lifetimeSeconds } = event;
        this.#driver.handle({ kind: 'came', client });
        this.#tell(this.#own.begun(client, sequence, lifetimeSeconds));
        return;
      }
      case 'binding-deleted':
        this.#tell(this.#own.deleted(event.correspondent, event.sequence, monotonicMs()));
        return;
      default:
        return;
    }
  }

  /** What the other members say, each of its own bindings. */
  onFrame(peer: Ipv6Address, frame: GroupFrame): void {
    if (frame.contactAddress !== this.#options.contactAddress) return;
    if (frame.kind === 'contact-bound') this.#keep(peer, frame);
    if (frame.kind === 'contact-survey') this.#answers.asked(peer, frame.dead, frame.clients);
    if (frame.kind === 'contact-surveyed') this.#surveyed(peer, frame);
    if (frame.kind === 'contact-stray') this.#strayed(peer, frame.client);
    if (frame.kind !== 'contact-node' || frame.epoch <= this.#epoch) return;
    this.#epoch = frame.epoch;
    // The same member in a later term, perhaps in a later life.
    if (peer === this.#options.contactNode()) this.#tellAll();
  }

  /** The contact node is known, or another one, which may know nothing of the bindings here. */
  onContactNode(contactNode: Ipv6Address): void {
    this.#tellAll();
    if (contactNode !== this.#options.careOfAddress) return;
    this.#driver.handle({ kind: 'in-office' });
    this.#strayDriver.handle({ kind: 'in-office' });
  }

  /** This member is the contact node no more. */
  outOfOffice(): void {
    this.#driver.handle({ kind: 'out-of-office' });
    this.#strayDriver.handle({ kind: 'out-of-office' });
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    const stands = change === 'up' || change === 'restored';
    if (stands) this.#answers.connected(peer);
    else this.#answers.disconnected(peer);
    if (!stands) this.#driver.handle({ kind: 'member-out-of-reach', member: peer });
    if (change === 'gone') this.#driver.handle({ kind: 'member-gone', member: peer });
    if (change === 'up') this.#driver.handle({ kind: 'member-back', member: peer });
    // Frames may have been lost with the channel.
    if (stands && peer === this.#options.contactNode()) this.#tellAll();
    if (stands) this.#driver.handle({ kind: 'member-in-reach', member: peer });
    this.#strayDriver.handle({ kind: 'peers-changed' });
  }

  close(): void {
    this.#driver.stop();
    this.#strayDriver.stop();
    this.#options.keepOff([]);
  }

  /** At the contact node: `by` lets the client go. Elsewhere the contact node has seen its packets, and may not know how things stand. */
  #strayed(by: Ipv6Address, client: Ipv6Address): void {
    const { contactNode, isHere, log, mobility, role } = this.#options;
    if (role.held) {
      this.#strayDriver.handle({ kind: 'let-go', client, member: by });
      return;
    }
    if (by !== contactNode()) return;
    const isBound = mobility.bindings.some(({ correspondent }) => correspondent === client);
    if (this.#own.isLettingGo(client)) this.#sayStray(by, client);
    else if (isBound) {
      log.write('client-astray', { client });
      mobility.startOver(client);
    } else if (!isHere(client))
      this.#tell({ client, sequence: mobility.lastSequence(client) ?? 0, lifetimeMs: 0 });
  }

  #sayStray(to: Ipv6Address | undefined, client: Ipv6Address): void {
    const { careOfAddress, contactAddress, hearsOfStrays, send } = this.#options;
    if (to === undefined || to === careOfAddress || !hearsOfStrays(to)) return;
    send(to, { kind: 'contact-stray', contactAddress, epoch: this.#epoch, client });
  }

  #actOnStray(output: StrayOutput): void {
    if (output.kind === 'keep-off') this.#options.keepOff(output.clients);
    else this.#sayStray(output.member, output.client);
  }

  #surveyed(by: Ipv6Address, { dead, clients }: Extract<GroupFrame, { kind: 'contact-surveyed' }>): void {
    const taken = clients.filter((one) => one.taken).map(({ client }) => client);
    this.#driver.handle({ kind: 'surveyed', by, dead, clients: clients.map(({ client }) => client), taken });
  }

  #tellAll(): void {
    for (const { correspondent: client, ...binding } of this.#options.mobility.bindings)
      this.#tell({ client, ...binding });
    for (const ended of this.#own.ended(monotonicMs())) this.#tell(ended);
  }

  #tell(binding: ToldBinding): void {
    const { careOfAddress, contactAddress, contactNode, send } = this.#options;
    const contact = contactNode();
    const lifetimeMs = Math.ceil(binding.lifetimeMs);
    if (contact === careOfAddress) this.#keep(careOfAddress, { ...binding, lifetimeMs });
    else if (contact !== undefined)
      send(contact, { kind: 'contact-bound', contactAddress, epoch: this.#epoch, ...binding, lifetimeMs });
  }

  /** `member` says so. */
  #keep(member: Ipv6Address, { client, sequence, lifetimeMs }: ToldBinding): void {
    const { careOfAddress, role } = this.#options;
    if (!role.held) return;
    const entry = { table: 'bound', client, sequence, member, lifetimeMs } as const;
    const changed = heardOf(role.tables, careOfAddress, entry, monotonicMs());
    if (changed === undefined) return;
    for (const one of changed) role.keep(one);
    this.#driver.handle({ kind: 'bound', client });
    this.#strayDriver.handle({ kind: 'bound', client });
  }

  #act(output: ReleaseOutput): void {
    const { contactAddress, isHere, log, mobility, role, send } = this.#options;
    if (output.kind === 'survey') {
      const { dead, clients } = output;
      send(output.member, { kind: 'contact-survey', contactAddress, epoch: this.#epoch, dead, clients });
      return;
    }
    const { client, member } = output;
    switch (output.kind) {
      case 'delete':
        log.write('client-release-begun', { client, member, sequence: output.sequence });
        mobility.release(client, output.sequence);
        return;
      case 'ended':
        if (role.held)
          for (const one of forgottenOf(role.tables, client, member, monotonicMs())) role.keep(one);
        this.#strayDriver.handle({ kind: 'bound', client });
        if (!isHere(client)) mobility.forget(client);
        log.write(events[output.outcome], { client, member });
        return;
      default:
        output satisfies never;
    }
  }
}

const events = {
  released: 'client-released',
  'given-way': 'client-release-given-way',
  unanswered: 'client-release-unanswered',
} as const;
