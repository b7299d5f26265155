import type { HomeAssociations } from '../../../linux/recipes/associations.ts';
import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { ContactDirectory } from '../../../server/contact-group/contact-directory.ts';
import { ContactGroup } from '../../../server/contact-group/contact-group.ts';
import type { Epoch } from '../../../server/contact-group/epochs.ts';
import type { GroupInput, GroupOutput, GroupPlan } from '../../../server/contact-group/group-types.ts';
import type { ContactData, ContactEntry, GroupFrame } from '../../../server/group-frames.ts';
import type { EventLog } from '../../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';
import type { PeerChange } from '../channel.ts';
import type { ContactRecordFile } from './contact-record.ts';
import type { ContactRole } from './contact-role.ts';
import { EspNumbers, startingAt } from './esp-numbers.ts';
import type { MemberPaths } from './member-paths.ts';

/** heartbeats between two looks at the kernel's ESP counters */
const HEARTBEATS_PER_LOOK = 10;

export interface ContactServiceOptions {
  readonly plan: GroupPlan;
  /** every other member, trusted or not */
  readonly peers: readonly Ipv6Address[];
  /** at the member that creates the contact address */
  readonly founding?: ContactData;
  readonly role: ContactRole;
  readonly paths: MemberPaths;
  readonly record: ContactRecordFile;
  readonly log: EventLog;
  send(peer: Ipv6Address, frame: GroupFrame): boolean;
  /** The contact node is known, or another one. */
  onContactNode(contactNode: Ipv6Address): void;
}

/**
 * A member's part in keeping the contact address alive (paper §3.2, Fig. 5) on a real host: the role of server/contact-group on the
 * member channel, the home registration and stable storage. A member that is not trusted only learns who the contact node is.
 */
export class ContactService {
  readonly #options: ContactServiceOptions;
  readonly #directory = new ContactDirectory();
  readonly #group: ContactGroup | undefined;
  readonly #driver: RoleDriver<GroupInput, GroupOutput> | undefined;
  readonly #numbers = new EspNumbers();
  #contactNode: Ipv6Address | undefined;
  /** before this member claimed the address */
  #predecessor: Ipv6Address | undefined;
  #term: { readonly epoch: Epoch; readonly associations: HomeAssociations } | undefined;
  #founding: NodeJS.Timeout | undefined;
  #onLeft: (() => void) | undefined;

  constructor(options: ContactServiceOptions) {
    const { plan } = options;
    this.#options = options;
    if (!plan.order.includes(plan.self)) return;
    this.#group = new ContactGroup(plan, monotonicMs());
    this.#driver = new RoleDriver(this.#group, (output) => this.#act(output));
  }

  /** Care-of address of the contact node as far as this member knows; undefined before the first word of it. */
  get contactNode(): Ipv6Address | undefined {
    return this.#contactNode;
  }

  /** Creates the contact address, if that is up to this member; after a restart only when no other member holds it. */
  start(): void {
    const { founding: data, plan } = this.#options;
    if (data === undefined) return;
    const found = (): void => {
      if (this.#contactNode === undefined) this.#driver?.handle({ kind: 'found', data });
    };
    if (plan.lastEpoch === undefined) found();
    else this.#founding = setTimeout(found, plan.timing.suspectMs);
  }

  onFrame(from: Ipv6Address, frame: GroupFrame): void {
    const { plan, role } = this.#options;
    if (frame.contactAddress !== plan.contactAddress || !plan.order.includes(from)) return;
    if (frame.kind === 'contact-entry') {
      if (!role.held) role.tables.set(frame.entry, monotonicMs());
      return;
    }
    if (frame.kind === 'contact-node' && frame.contactNode === from && this.#driver === undefined) {
      if (this.#directory.announced(frame.contactAddress, frame)) this.#follow(from, frame.epoch);
      return;
    }
    this.#driver?.handle({ kind: 'frame', from, frame });
    if (frame.kind === 'contact-held' && role.held)
      for (const entry of role.tables.snapshot(monotonicMs())) this.#tell([from], entry);
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    const kind = (
      { up: 'connected', restored: 'connected', lost: 'disconnected', gone: 'peer-gone' } as const
    )[change];
    const { log, role } = this.#options;
    const [heldBefore, lost] = [role.held, change === 'gone' ? role.tables.lost(peer) : []];
    this.#driver?.handle({ kind, peer });
    if (heldBefore || !role.held) return;
    // The successor of the member that has ended: what that one held itself is known here only.
    for (const entry of lost)
      if (entry.table === 'forwarding')
        log.write('connection-lost', { client: entry.client, port: entry.clientPort, member: peer });
  }

  onMobilityEvent(event: MobileNodeEvent): void {
    if (this.#term === undefined) return;
    if (event.kind === 'home-registered') {
      this.#driver?.handle({ kind: 'registered', epoch: this.#term.epoch });
      this.#options.onContactNode(this.#options.plan.self);
    }
    const refused = event.kind === 'home-registration-rejected' && !event.retrying;
    if (refused || event.kind === 'home-registration-expired') this.#driver?.handle({ kind: 'unregistered' });
  }

  /** An entry of this contact node's tables: for its backups. */
  replicate(entry: ContactEntry): void {
    this.#tell(this.#group?.backups ?? [], entry);
  }

  /** This member leaves the server: `done` when a successor serves, or none will. */
  leave(done: () => void): void {
    this.#onLeft = done;
    if (this.#driver === undefined) done();
    else this.#driver.handle({ kind: 'leave' });
  }

  close(): void {
    clearTimeout(this.#founding);
    this.#driver?.stop();
    this.#numbers.close();
  }

  #act(output: GroupOutput): void {
    const { log, peers, role, send } = this.#options;
    switch (output.kind) {
      case 'send':
        send(output.to, output.frame);
        return;
      case 'announce':
        for (const peer of peers) send(peer, output.frame);
        return;
      case 'register':
        this.#register(output);
        return;
      case 'release':
        log.write('contact-released', { reason: output.reason });
        this.#term = undefined;
        this.#numbers.stop();
        role.resign();
        this.#contactNode = this.#predecessor;
        if (this.#predecessor !== undefined) this.#turnTo(this.#predecessor);
        return;
      case 'follow':
        this.#follow(output.contactNode, output.epoch);
        return;
      case 'left':
        log.write('contact-left', { handedOver: output.handedOver });
        this.#onLeft?.();
        return;
      case 'exhausted':
        log.write('contact-exhausted');
        return;
      default:
        output satisfies never;
    }
  }

  #register({ epoch, data, numbers }: Extract<GroupOutput, { kind: 'register' }>): void {
    const { log, plan, record, role } = this.#options;
    const { homeAgent: _, ...associations } = data;
    const securityParameterIndices = Object.values(associations).map(({ spi }) => spi);
    record.write({ epoch, securityParameterIndices });
    log.write('contact-claimed', { epoch, update: numbers.update, outbound: numbers.outbound });
    this.#term = { epoch, associations };
    if (this.#contactNode !== plan.self) this.#predecessor = this.#contactNode;
    this.#contactNode = plan.self;
    role.assume(startingAt(associations, numbers), (numbers.update + 1) & 0xffff);
    this.#numbers.watch(associations, HEARTBEATS_PER_LOOK * plan.timing.heartbeatMs, (counted) =>
      this.#driver?.handle({ kind: 'numbers', ...counted }),
    );
  }

  #follow(contactNode: Ipv6Address, epoch: Epoch): void {
    this.#options.log.write('contact-followed', { contactNode, epoch });
    this.#turnTo(contactNode);
  }

  #turnTo(contactNode: Ipv6Address): void {
    this.#contactNode = contactNode;
    this.#options.paths.follow(contactNode);
    this.#options.onContactNode(contactNode);
  }

  #tell(backups: readonly Ipv6Address[], entry: ContactEntry): void {
    const { plan, send } = this.#options;
    const epoch = this.#term?.epoch;
    if (epoch === undefined) return;
    const frame = { kind: 'contact-entry', contactAddress: plan.contactAddress, epoch, entry } as const;
    for (const backup of backups) send(backup, frame);
  }
}
