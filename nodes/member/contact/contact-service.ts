import type { HomeAssociations } from '../../../linux/recipes/associations.ts';
import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import { RETRY_MS } from '../../../server/channel/calls.ts';
import { ContactDirectory } from '../../../server/contact/contact-directory.ts';
import type { Epoch } from '../../../server/contact/epochs.ts';
import { Founding, type FoundingInput } from '../../../server/contact/founding.ts';
import type { ContactData, ContactEntry, GroupFrame } from '../../../server/contact/group-frames.ts';
import type { GroupOutput, GroupPlan } from '../../../server/contact/group-types.ts';
import { type LookInput, NumberLooks } from '../../../server/contact/number-looks.ts';
import type { ZoneFrame } from '../../../server/publication/zone-frames.ts';
import type { EventWriter } from '../../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';
import { RoleLog } from '../../support/role-log.ts';
import type { PeerChange } from '../channel.ts';
import type { ContactRecordFile } from './contact-record.ts';
import type { ContactRole } from './contact-role.ts';
import { EspNumbers, startingAt } from './esp-numbers.ts';
import type { MemberPaths } from './member-paths.ts';
import { TrustGroupPart } from './trust-group-part.ts';

interface ContactServiceOptions {
  readonly plan: GroupPlan;
  /** every other member, trusted or not, at present */
  peers(): readonly Ipv6Address[];
  /** at the member that creates the contact address */
  readonly founding?: ContactData;
  readonly role: Pick<ContactRole, 'assume' | 'held' | 'resign' | 'tables'>;
  readonly paths: Pick<MemberPaths, 'follow'>;
  readonly record: Pick<ContactRecordFile, 'write'>;
  readonly log: EventWriter;
  send(peer: Ipv6Address, frame: GroupFrame | ZoneFrame): boolean;
  /** This member holds the contact address no more. */
  onReleased(): void;
  /** The contact node is known, or another one. */
  onContactNode(contactNode: Ipv6Address): void;
}

/**
 * A member's part in keeping the contact address alive (paper §3.2, Fig. 5) on a real host: the role of server/contact on the
 * member channel, the home registration and stable storage. A member that is not trusted only learns who the contact node is.
 */
export class ContactService {
  readonly #options: ContactServiceOptions;
  readonly #directory = new ContactDirectory();
  readonly #group: TrustGroupPart;
  readonly #numbers = new EspNumbers();
  readonly #founding: RoleDriver<FoundingInput, 'found'>;
  readonly #looks: RoleDriver<LookInput, 'look'>;
  readonly #strayLog: RoleLog;
  #contactNode: Ipv6Address | undefined;
  /** the last that was the contact node and not only about to be: the claim of one that is may come to nothing */
  #serving: Ipv6Address | undefined;
  /** before this member claimed the address */
  #predecessor: Ipv6Address | undefined;
  #term: { readonly epoch: Epoch; readonly associations: HomeAssociations } | undefined;
  #onLeft: (() => void) | undefined;
  /** of the contact node that this member follows */
  #heardEpoch: Epoch = 0;
  /** the last term that this member has entered in this life */
  #lastEpoch: Epoch | undefined;

  constructor(options: ContactServiceOptions) {
    this.#options = options;
    this.#strayLog = new RoleLog(options.log);
    const { plan } = options;
    this.#group = new TrustGroupPart(plan, (output) => this.#act(output));
    this.#founding = new RoleDriver(new Founding({ ...plan, callMs: RETRY_MS.longest }), () => this.#found());
    this.#looks = new RoleDriver(new NumberLooks(plan.timing), () => this.#look());
  }

  /** Care-of address of the contact node as far as this member knows; undefined before the first word of it. */
  get contactNode(): Ipv6Address | undefined {
    return this.#contactNode;
  }

  /** Another member could take the contact address over at once. */
  get hasBackup(): boolean {
    return this.#group.backups.length > 0;
  }

  /** of the term that this member has entered, while it lasts; else 0 */
  get epoch(): Epoch {
    return this.#term?.epoch ?? 0;
  }

  /** of the contact node that this member knows of; 0: none that has one */
  get term(): Epoch {
    return this.#term?.epoch ?? this.#heardEpoch;
  }

  /** Creates the contact address, if that is up to this member; after a restart only when no other member holds it. */
  start(): void {
    if (this.#options.founding !== undefined) this.#founding.handle('begin');
  }

  onFrame(from: Ipv6Address, frame: GroupFrame): void {
    const { plan, role } = this.#options;
    if (frame.contactAddress !== plan.contactAddress || !plan.order.includes(from)) return;
    this.#group.heard(frame.epoch, this.#lastEpoch ?? plan.lastEpoch);
    if (frame.kind === 'contact-entry') {
      // One that an earlier contact node sent before it heard of its successor is in the tables which the successor tells.
      if (!role.held && from === this.#serving) role.tables.set(frame.entry, monotonicMs());
      else if (!role.held) this.#strayLog.write({ kind: 'contact-entry-discarded', member: from });
      return;
    }
    if (frame.kind === 'contact-node' && frame.contactNode === from && !this.#group.active) {
      if (this.#directory.announced(frame.contactAddress, frame)) this.#follow(from, frame.epoch);
      return;
    }
    this.#group.handle({ kind: 'frame', from, frame });
    const serves = frame.kind === 'contact-heartbeat' && frame.stage !== 'claiming';
    if (serves && frame.holder === this.#contactNode) this.#serving = frame.holder;
    if (frame.kind === 'contact-held' && role.held)
      for (const entry of role.tables.snapshot(monotonicMs())) this.#tell([from], entry);
  }

  /** The contact address ends: said to all members, of whom none shall take it over. */
  retire(): void {
    const { log, peers, plan, send } = this.#options;
    const frame = {
      kind: 'contact-retired',
      contactAddress: plan.contactAddress,
      epoch: this.epoch,
    } as const;
    log.write('contact-retired', { contactNode: plan.self, epoch: frame.epoch });
    for (const peer of peers()) send(peer, frame);
    this.#retire(frame.epoch);
  }

  /** The contact node has taken the address out of use: nobody takes it over. */
  onRetired(from: Ipv6Address, frame: ZoneFrame): void {
    const { log, plan } = this.#options;
    const { contactAddress, epoch } = frame;
    if (frame.kind !== 'contact-retired' || contactAddress !== plan.contactAddress) return;
    if (from !== this.#contactNode || this.#term !== undefined) return;
    log.write('contact-retired', { contactNode: from, epoch });
    this.#retire(epoch);
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    const kind = (
      { up: 'connected', restored: 'connected', lost: 'disconnected', gone: 'peer-gone' } as const
    )[change];
    const { log, role } = this.#options;
    const [heldBefore, lost] = [role.held, change === 'gone' ? role.tables.lost(peer) : []];
    this.#group.handle({ kind, peer });
    if (heldBefore || !role.held) return;
    // The successor of the member that has ended: what that one held itself is known here only.
    for (const entry of lost)
      if (entry.table === 'forwarding')
        log.write('connection-lost', { client: entry.client, port: entry.clientPort, member: peer });
  }

  onMobilityEvent(event: MobileNodeEvent): void {
    if (this.#term === undefined) return;
    if (event.kind === 'home-registered') {
      this.#group.handle({ kind: 'registered', epoch: this.#term.epoch });
      this.#options.onContactNode(this.#options.plan.self);
    }
    const refused = event.kind === 'home-registration-rejected' && !event.retrying;
    if (refused || event.kind === 'home-registration-expired') this.#group.handle({ kind: 'unregistered' });
  }

  /** An entry of this contact node's tables: for its backups. */
  replicate(entry: ContactEntry): void {
    this.#tell(this.#group.backups, entry);
  }

  /** This member leaves the server: `done` when a successor serves, or none will. */
  leave(done: () => void): void {
    this.#onLeft = done;
    if (!this.#group.active) done();
    else this.#group.handle({ kind: 'leave' });
  }

  close(): void {
    this.#founding.stop();
    this.#looks.stop();
    this.#group.stop();
    this.#numbers.close();
  }

  #retire(epoch: Epoch): void {
    this.#founding.handle('end');
    this.#looks.handle('end');
    this.#group.retire(epoch);
  }

  #found(): void {
    const { founding: data } = this.#options;
    if (data !== undefined && this.#contactNode === undefined) this.#group.handle({ kind: 'found', data });
  }

  #look(): void {
    if (this.#term !== undefined)
      this.#group.handle({ kind: 'numbers', ...this.#numbers.read(this.#term.associations) });
  }

  #act(output: GroupOutput): void {
    const { log, peers, role, send } = this.#options;
    switch (output.kind) {
      case 'send':
        send(output.to, output.frame);
        return;
      case 'announce':
        for (const peer of peers()) send(peer, output.frame);
        return;
      case 'register':
        this.#register(output);
        return;
      case 'release':
        log.write('contact-released', { reason: output.reason });
        this.#term = undefined;
        this.#looks.handle('end');
        role.resign();
        this.#options.onReleased();
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
    this.#lastEpoch = epoch;
    if (this.#contactNode !== plan.self) this.#predecessor = this.#contactNode;
    this.#contactNode = plan.self;
    role.assume(startingAt(associations, numbers), (numbers.update + 1) & 0xffff);
    this.#looks.handle('begin');
  }

  #follow(contactNode: Ipv6Address, epoch: Epoch): void {
    this.#options.log.write('contact-followed', { contactNode, epoch });
    this.#heardEpoch = epoch;
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
