import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ChannelFrame, ContactFrame } from '../../server/channel/channel-frames.ts';
import { isGroupFrame } from '../../server/contact/group-frames.ts';
import { isHandoffFrame } from '../../server/handoff/frames.ts';
import { isForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import { EVERY_PORT, isSurvivalFrame, type SurvivalFrame } from '../../server/successor/frames.ts';
import type { EventFields } from '../support/event-log.ts';
import { asMember } from './application-guard.ts';
import type { PeerChange } from './channel.ts';
import type { BoundClients } from './contact/bound-clients.ts';
import type { ContactRole } from './contact/contact-role.ts';
import type { ContactService } from './contact/contact-service.ts';
import { type ContactPlace, isFirst, isFounder } from './contact-parts.ts';
import type { ContactSettings } from './contact-settings.ts';
import type { FrameGate } from './frame-gate.ts';
import type { MemberServer } from './member-server.ts';
import type { ObservedContact } from './member-status.ts';
import type { Mobility } from './mobility.ts';
import { observeClients, observeContact } from './observe-contact.ts';
import type { PlainClientService } from './plain/plain-clients.ts';

/** Finished when the unit gets them. */
interface ContactUnitParts {
  readonly mobility: Mobility;
  readonly role: ContactRole;
  readonly plain: PlainClientService;
  readonly server: MemberServer;
  /** both undefined without a group */
  readonly bound: BoundClients | undefined;
  readonly service: ContactService | undefined;
  readonly gate: FrameGate;
}

/**
 * All that a member has for one contact address: its mobile-node part, its share in keeping the address alive, its clients with and
 * without Mobile IPv6, and the application that serves them.
 */
export class ContactUnit {
  readonly settings: ContactSettings;
  readonly role: ContactRole;
  readonly plain: PlainClientService;
  readonly server: MemberServer;
  /** undefined without a group */
  readonly service: ContactService | undefined;
  readonly #place: ContactPlace;
  readonly #mobility: Mobility;
  readonly #bound: BoundClients | undefined;
  readonly #gate: FrameGate;
  #retired = false;
  #started = false;

  /** See `createContactUnit`. */
  constructor(
    place: ContactPlace,
    { role, plain, server, service, mobility, bound, gate }: ContactUnitParts,
  ) {
    this.settings = place.settings;
    this.role = role;
    this.plain = plain;
    this.server = server;
    this.service = service;
    this.#place = place;
    this.#mobility = mobility;
    this.#bound = bound;
    this.#gate = gate;
  }

  /** The application has started, and the contact address is registered (contact node), or its node known. */
  get ready(): boolean {
    if (!this.#started) return false;
    if (this.role.held) return this.#mobility.homeRegistered;
    return !isFounder(this.#place) || this.service?.contactNode !== undefined;
  }

  /** Takes clients, and creates the contact address if that is up to this member. */
  start(): void {
    const { config, careOfAddress } = this.#place.host;
    const { contactAddress } = this.settings;
    const { server } = this;
    const started = server.startApplication({
      careOfAddress,
      contactAddress,
      servicePort: config.servicePort,
      server: server.library,
      log: this.#place.log,
    });
    if (!isThenable(started)) this.#serve();
    // A rejection ends the member, as an error in the call does.
    else
      void asMember(async () => {
        await started;
        this.#serve();
        this.#place.host.onReady();
      })();
  }

  #serve(): void {
    const { hold } = this.#place.host;
    const { associations } = this.settings;
    this.#started = true;
    this.server.listen();
    if (this.service !== undefined) this.service.start();
    else if (isFounder(this.#place)) this.role.assume(associations && hold.continued(associations));
  }

  onFrame(peer: Ipv6Address, frame: Exclude<ChannelFrame, ContactFrame>): void {
    if (isSurvivalFrame(frame) && this.settings.group?.replicas !== 1) {
      this.#keepsNone(peer, frame);
      return;
    }
    if (isHandoffFrame(frame) || isSurvivalFrame(frame)) {
      this.server.onFrame(peer, frame);
      return;
    }
    if (!this.#gate.passes(peer, frame)) return;
    if (isGroupFrame(frame)) {
      this.service?.onFrame(peer, frame);
      this.#bound?.onFrame(peer, frame);
    } else if (isForwardingFrame(frame)) this.plain.onFrame(peer, frame);
    else this.service?.onRetired(peer, frame);
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    this.service?.onPeer(peer, change);
    this.plain.onPeer(peer, change);
    this.server.onPeer(peer, change);
    this.#bound?.onPeer(peer, change);
  }

  /** Takes the contact address out of use, if that is what its node's leaving means; resolves when it has expired, or stays. */
  async retire(): Promise<void> {
    const { publication } = this.#place.host;
    if (publication === undefined || !this.role.held) return;
    if (this.service?.hasBackup === true && !(publication.retires && isFounder(this.#place))) return;
    this.#retired = (await publication.withdraw(this.settings.contactAddress)) === 'expired';
    if (this.#retired) this.service?.retire();
  }

  /** How it stands with the contact address, for whoever asks; see member-status.ts. */
  observe(): ObservedContact {
    return {
      ...observeContact(this.#place, this, this.#mobility),
      ...observeClients(this.server, this.plain, this.#mobility),
      counters: this.#counters({ droppedByKernel: () => ({}) }),
    };
  }

  /** No resolver knows the contact address any more: it ends with this member. */
  get retired(): boolean {
    return this.#retired;
  }

  /** This member leaves the server: `done` when a successor has the contact address, or nobody will. */
  leave(done: () => void): void {
    this.plain.leave();
    if (this.#retired) this.#end().then(done);
    else if (this.service === undefined) done();
    else this.service.leave(done);
  }

  /** `ofProcess`, and what the kernel has dropped, is told once: with the first contact address. */
  writeCounters(ofProcess: EventFields): void {
    const kernel = isFirst(this.#place) ? this.#place.host.hold : { droppedByKernel: () => ({}) };
    const counters = this.#counters(kernel);
    this.#place.log.write('counters', isFirst(this.#place) ? { ...counters, ...ofProcess } : counters);
  }

  /** Its application ends; what it says of that is waited for. */
  closeApplication(): Promise<void> {
    return this.server.closeApplication();
  }

  close(): void {
    void this.server.closeApplication();
    this.server.close();
    this.service?.close();
    this.#bound?.close();
    this.role.close();
    this.plain.close();
    this.#mobility.close();
  }

  onMobilityEvent(event: MobileNodeEvent): void {
    this.role.onMobilityEvent(event);
    this.service?.onMobilityEvent(event);
    if (event.kind === 'home-registered') {
      this.#place.host.publication?.serving(this.settings.contactAddress, this.service?.epoch ?? 0);
      this.#place.host.onReady();
    }
    // What a client answers to its release says nothing about those that are served here.
    if (this.#bound?.answers(event) === true) return;
    this.plain.onMobilityEvent(event);
    this.server.onMobilityEvent(event);
    // Behind the frames of handoffs, which are in a hurry.
    this.#bound?.onMobilityEvent(event);
  }

  #counters(kernel: { droppedByKernel(): EventFields }): EventFields {
    return {
      ...this.#mobility.counters(kernel),
      ...this.role.counters(),
      ...this.plain.counters(),
      ...this.server.counters(),
      framesDiscarded: this.#gate.discarded,
    };
  }

  /** A holder whose group has replicas where this member's has none looks for another backup. */
  #keepsNone(peer: Ipv6Address, frame: SurvivalFrame): void {
    if (frame.kind !== 'replica') return;
    const { contactAddress, client } = frame;
    const reason = 'this member keeps no replicas';
    this.#place.host.send(peer, { kind: 'replica-drop', contactAddress, client, port: EVERY_PORT, reason });
  }

  /** Needs nobody else. */
  async #end(): Promise<void> {
    if (this.#mobility.homeRegistered) await this.role.deregister();
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
