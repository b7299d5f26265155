import type { Instant, Role } from '../../mip6/roles/shared/role.ts';
import { isNewerSequence, newerSequence } from '../../mip6/roles/shared/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type Flow, flowKey, type PlainClients } from './plain-clients.ts';

interface ForwardingPlan {
  /** care-of address of the contact node itself */
  readonly self: Ipv6Address;
  /** ms that a connection's packets are still forwarded after its end: as long as its last holder may be in TIME-WAIT */
  readonly lingerMs: number;
  /** The contact node itself has this connection, and gives it away. */
  holds(flow: Flow): boolean;
}

/** The connection has ended at `member`; said by a member that does not hold it any more, it means nothing. */
export interface FlowEnded {
  readonly kind: 'ended';
  readonly flow: Flow;
  readonly member: Ipv6Address;
}

/** A connection's time after its end is over: nothing of it needs to stay. */
export interface FlowExpired {
  readonly kind: 'expired';
  readonly flow: Flow;
}

export type ForwardingOutcome =
  | { readonly kind: 'accepted' }
  /** a later number has been accepted from another member */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Connections of one client that are forwarded at a time; each is a routing rule of the contact node. */
export const MOST_OF_CLIENT = 512;
/** Connections that go to one member, those included that have ended and linger. */
export const MOST_OF_MEMBER = 2048;

interface Entry {
  readonly flow: Flow;
  readonly member: Ipv6Address;
  readonly sequence: number;
  /** the connection has ended */
  readonly until?: Instant;
}

/**
 * At a contact node: which member holds which connection of clients without Mobile IPv6 (paper §7.2). Members ask for a connection's
 * packets under sequence numbers, and the latest one counts, as with Binding Updates (RFC 6275 §9.5.1): a donor that takes a client
 * back fences its acceptor off. A connection without an entry is held by the contact node itself.
 */
export class ForwardingTable implements Role<FlowEnded, FlowExpired> {
  readonly #plan: ForwardingPlan;
  readonly #clients: PlainClients;
  readonly #entries = new Map<string, Entry>();
  /** how many entries of living connections a client has */
  readonly #living = new Tally();
  /** how many entries, living or not, lead to a member */
  readonly #leading = new Tally();
  readonly #outputs: FlowExpired[] = [];

  constructor(plan: ForwardingPlan, clients: PlainClients) {
    this.#plan = plan;
    this.#clients = clients;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Care-of address of the member that a connection's packets go to; the contact node's own when it has no entry. */
  memberOf(flow: Flow): Ipv6Address {
    return this.#entries.get(flowKey(flow))?.member ?? this.#plan.self;
  }

  /**
   * `member` wants the packets of these connections of one client: all of them or none. Only the first step away from the contact
   * node needs a place for the client: no refusal may leave a connection to nobody. One that this contact node has never had is `member`'s already.
   */
  forward(flows: readonly Flow[], member: Ipv6Address, sequence: number): ForwardingOutcome {
    if (flows.some((flow) => this.#overtaken(flow, member, sequence))) return { kind: 'superseded' };
    return this.#accept(flows, member, sequence);
  }

  /** The same, unless another member has any of them, under whatever number. */
  contest(flows: readonly Flow[], member: Ipv6Address, sequence: number): ForwardingOutcome {
    const another = flows.some((flow) => (this.#entries.get(flowKey(flow))?.member ?? member) !== member);
    return another ? { kind: 'superseded' } : this.#accept(flows, member, sequence);
  }

  /** Living connections of this client go to another member. */
  forwards(client: Ipv6Address): boolean {
    return [...this.#entries.values()].some(
      ({ flow, member, until }) =>
        flow.client === client && member !== this.#plan.self && until === undefined,
    );
  }

  handle({ flow, member }: FlowEnded, now: Instant): void {
    const entry = this.#entries.get(flowKey(flow));
    if (this.memberOf(flow) !== member) return;
    this.#clients.ended(flow);
    if (entry !== undefined) this.#put({ ...entry, until: entry.until ?? now + this.#plan.lingerMs });
  }

  /** Connections whose packets went to `member`, which has ended; `living`: they have ended with it. They are forgotten. */
  lost(member: Ipv6Address): readonly { readonly flow: Flow; readonly living: boolean }[] {
    return this.#forget((entry) => entry.member === member).map(({ flow, until }) => ({
      flow,
      living: until === undefined,
    }));
  }

  poll(): FlowExpired | undefined {
    return this.#outputs.shift();
  }

  handleTimeout(now: Instant): void {
    const expired = this.#forget(({ until }) => until !== undefined && until <= now);
    this.#outputs.push(...expired.map(({ flow }) => ({ kind: 'expired', flow }) as const));
  }

  deadline(): Instant | undefined {
    const ends = [...this.#entries.values()].flatMap(({ until }) => until ?? []);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  #accept(flows: readonly Flow[], member: Ipv6Address, sequence: number): ForwardingOutcome {
    const leaving =
      member !== this.#plan.self &&
      flows.some((flow) => this.memberOf(flow) === this.#plan.self && this.#plan.holds(flow));
    // Whoever holds the connection now: each entry is a rule more.
    const full = member === this.#plan.self ? undefined : this.#whyFull(flows, member);
    if (full !== undefined) return { kind: 'refused', reason: full };
    const placed = flows.every((flow) => this.#clients.place(flow));
    if (leaving && !placed) return { kind: 'refused', reason: this.#clients.full };
    for (const flow of flows) this.#put({ flow, member, sequence: this.#later(flow, sequence) });
    return { kind: 'accepted' };
  }

  /** Only the first step away from the contact node makes a rule more. */
  #whyFull(flows: readonly Flow[], member: Ipv6Address): string | undefined {
    const more = flows.filter((flow) => !this.#entries.has(flowKey(flow))).length;
    const client = flows[0]?.client;
    if (client !== undefined && this.#living.of(client) + more > MOST_OF_CLIENT)
      return `${MOST_OF_CLIENT} connections of client ${client} are forwarded already`;
    if (this.#leading.of(member) + more > MOST_OF_MEMBER)
      return `${MOST_OF_MEMBER} connections are forwarded to this member already`;
    return undefined;
  }

  #put(entry: Entry): void {
    const key = flowKey(entry.flow);
    const before = this.#entries.get(key);
    if (before !== undefined) this.#count(before, -1);
    this.#entries.set(key, entry);
    this.#count(entry, 1);
  }

  #count({ flow, member, until }: Entry, by: 1 | -1): void {
    if (until === undefined) this.#living.add(flow.client, by);
    this.#leading.add(member, by);
  }

  /** Who holds a connection may ask for it again under whatever number. */
  #overtaken(flow: Flow, member: Ipv6Address, sequence: number): boolean {
    const entry = this.#entries.get(flowKey(flow));
    return entry !== undefined && entry.member !== member && !isNewerSequence(sequence, entry.sequence);
  }

  #later(flow: Flow, sequence: number): number {
    return newerSequence(sequence, this.#entries.get(flowKey(flow))?.sequence ?? sequence);
  }

  #forget(meant: (entry: Entry) => boolean): readonly Entry[] {
    const entries = [...this.#entries.values()].filter(meant);
    for (const entry of entries) {
      this.#count(entry, -1);
      this.#entries.delete(flowKey(entry.flow));
      this.#clients.ended(entry.flow);
    }
    return entries;
  }
}

/** Counts by address; what comes back to 0 is forgotten. */
class Tally {
  readonly #counts = new Map<Ipv6Address, number>();

  of(address: Ipv6Address): number {
    return this.#counts.get(address) ?? 0;
  }

  add(address: Ipv6Address, by: number): void {
    const count = this.of(address) + by;
    if (count === 0) this.#counts.delete(address);
    else this.#counts.set(address, count);
  }
}
