import { type Ipv6Address, UNSPECIFIED } from '../../../mip6/wire/address.ts';
import type { ContactEntry } from '../../../server/contact/group-frames.ts';
import type { ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import {
  type FlowEnded,
  type FlowExpired,
  type ForwardingOutcome,
  ForwardingTable,
} from '../../../server/plain/forwarding-table.ts';
import { type Flow, flowKey, PlainClients } from '../../../server/plain/plain-clients.ts';
import type { EventFields, EventWriter } from '../../support/event-log.ts';
import { RoleDriver } from '../../support/role-driver.ts';
import type { FlowRules } from './flow-rules.ts';

/** a little longer than TIME-WAIT */
const LINGER_MS = 65_000;
/** What backups are told lives as long as the connection: they hear of its end. */
const ENTRY_LIFETIME_MS = 24 * 3600 * 1000;

interface ForwarderOptions {
  readonly careOfAddress: Ipv6Address;
  /** clients without Mobile IPv6 that this member serves as contact node */
  readonly limit: number;
  readonly rules: FlowRules;
  readonly log: EventWriter;
  /** The contact node itself has this connection. */
  holds(flow: Flow): boolean;
  /** An entry of the contact node's tables has changed: for its backups. */
  onEntry(entry: ContactEntry): void;
}

/**
 * The contact node's part in serving clients without Mobile IPv6 (paper §7.2): counts and limits them, and sends the packets of
 * their connections to the members that hold these. The kernel's rule stands before the member hears that it does.
 */
export class Forwarder {
  readonly clients: PlainClients;
  readonly #options: ForwarderOptions;
  #table: ForwardingTable;
  #driver: RoleDriver<FlowEnded, FlowExpired>;
  #forwardings = 0;
  /** connection → the member that its packets go to by the kernel's rules */
  readonly #routed = new Map<string, Ipv6Address>();

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.clients = new PlainClients(options.limit);
    this.#table = this.#emptyTable();
    this.#driver = this.#driverOf(this.#table);
  }

  /** `member` asks for the packets of these connections; the answer, to be given to it. */
  answer(frame: Extract<ForwardingFrame, { kind: 'forward' }>, member: Ipv6Address): ForwardingOutcome {
    const flows = frame.connections.map((ports): Flow => ({ client: frame.client, ...ports }));
    const { log } = this.#options;
    if (!this.#reaches(member)) return { kind: 'refused', reason: 'no tunnel to this member' };
    const how = frame.what === 'contest' ? 'contest' : 'forward';
    const outcome = this.#table[how](flows, member, frame.sequence);
    if (outcome.kind !== 'accepted') {
      log.write('forwarding-refused', { client: frame.client, member, outcome: outcome.kind });
      return outcome;
    }
    // What a predecessor has told is said again by who holds it.
    const news = flows.filter((flow) => this.#routed.get(flowKey(flow)) !== member);
    for (const flow of news) this.#route(flow, member);
    this.#forwardings += news.length;
    return outcome;
  }

  /** Connections of this client go to another member. */
  forwards(client: Ipv6Address): boolean {
    return this.#table.forwards(client);
  }

  /** Connections here that a successor has to send here; its rules are to stand before it is the contact node. */
  announce(flows: readonly Flow[]): void {
    const { careOfAddress } = this.#options;
    for (const flow of flows)
      if (this.#table.memberOf(flow) === careOfAddress) this.#tell(flow, careOfAddress);
  }

  /** A connection has ended at `member`, or it has given the connection up. */
  ended(flow: Flow, member: Ipv6Address): void {
    this.#driver.handle({ kind: 'ended', flow, member });
  }

  /** Takes a predecessor's entries over, before the contact address is this member's; `own`: the connections here. */
  adopt(entries: readonly ContactEntry[], own: readonly Flow[]): void {
    for (const flow of own) this.clients.place(flow);
    for (const entry of entries) {
      if (entry.table !== 'forwarding') continue;
      const { client, clientPort, servicePort, member } = entry;
      const flow = { client, clientPort, servicePort };
      // The predecessor's numbers are not known; those of the next holder count from here.
      const { kind } = this.#table.forward([flow], member, 0);
      // One that there is no tunnel to says by itself what it has, as soon as there is one.
      if (kind === 'accepted' && this.#reaches(member)) this.#route(flow, member);
    }
  }

  /** The process of `member` has ended, and its connections with it. */
  lost(member: Ipv6Address): void {
    for (const { flow, living } of this.#table.lost(member)) {
      if (living) this.#options.log.write('forwarding-lost', { ...flow, member });
      this.#removed(flow);
    }
  }

  counters(): EventFields {
    return {
      plainClients: this.clients.count,
      plainConnectionsRefused: this.clients.refused,
      forwardings: this.#forwardings,
      forwardedConnections: this.#table.size,
    };
  }

  /** Another member is the contact node: what goes where is its business now. */
  clear(): void {
    this.close();
    this.#routed.clear();
    this.clients.clear();
    this.#table = this.#emptyTable();
    this.#driver = this.#driverOf(this.#table);
    this.#options.rules.clear();
  }

  close(): void {
    this.#driver.stop();
  }

  #emptyTable(): ForwardingTable {
    const { careOfAddress: self, holds } = this.#options;
    return new ForwardingTable({ self, lingerMs: LINGER_MS, holds }, this.clients);
  }

  #driverOf(table: ForwardingTable): RoleDriver<FlowEnded, FlowExpired> {
    return new RoleDriver(table, ({ flow }) => {
      this.#removed(flow);
      this.#options.log.write('forwarding-removed', { client: flow.client, connection: flowKey(flow) });
    });
  }

  #reaches(member: Ipv6Address): boolean {
    const { careOfAddress, rules } = this.#options;
    return member === careOfAddress || rules.reaches(member);
  }

  #route(flow: Flow, member: Ipv6Address): void {
    const { careOfAddress, log, rules } = this.#options;
    if (member === careOfAddress) rules.keep(flow);
    else rules.forward(flow, member);
    this.#routed.set(flowKey(flow), member);
    log.write('connection-forwarded', { ...flow, member });
    this.#tell(flow, member);
  }

  #removed(flow: Flow): void {
    this.#routed.delete(flowKey(flow));
    this.#options.rules.keep(flow);
    this.#tell(flow, UNSPECIFIED);
  }

  #tell(flow: Flow, member: Ipv6Address): void {
    this.#options.onEntry({ table: 'forwarding', ...flow, member, lifetimeMs: ENTRY_LIFETIME_MS });
  }
}
