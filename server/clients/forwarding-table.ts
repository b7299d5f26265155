import type { Instant } from '../../mip6/roles/role.ts';
import { isNewerSequence, newerSequence } from '../../mip6/roles/sequence.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type Flow, flowKey, type PlainClients } from './plain-clients.ts';

export interface ForwardingPlan {
  /** care-of address of the contact node itself */
  readonly self: Ipv6Address;
  /** ms that a connection's packets are still forwarded after its end: as long as its last holder may be in TIME-WAIT */
  readonly lingerMs: number;
  /** The contact node itself has this connection, and gives it away. */
  holds(flow: Flow): boolean;
}

export type ForwardingOutcome =
  | { readonly kind: 'accepted' }
  /** a later number has been accepted from another member */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'refused'; readonly reason: string };

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
export class ForwardingTable {
  readonly #plan: ForwardingPlan;
  readonly #clients: PlainClients;
  readonly #entries = new Map<string, Entry>();

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

  /** The connection has ended at `member`; said by a member that does not hold it any more, it means nothing. */
  end(flow: Flow, member: Ipv6Address, now: Instant): void {
    const entry = this.#entries.get(flowKey(flow));
    if (this.memberOf(flow) !== member) return;
    this.#clients.ended(flow);
    if (entry !== undefined)
      this.#entries.set(flowKey(flow), { ...entry, until: entry.until ?? now + this.#plan.lingerMs });
  }

  /** Connections whose packets went to `member`, which has ended; `living`: they have ended with it. They are forgotten. */
  lost(member: Ipv6Address): readonly { readonly flow: Flow; readonly living: boolean }[] {
    return this.#forget((entry) => entry.member === member).map(({ flow, until }) => ({
      flow,
      living: until === undefined,
    }));
  }

  /** Connections whose time after their end is over: nothing of them needs to stay. */
  expire(now: Instant): readonly Flow[] {
    return this.#forget(({ until }) => until !== undefined && until <= now).map(({ flow }) => flow);
  }

  deadline(): Instant | undefined {
    const ends = [...this.#entries.values()].flatMap(({ until }) => until ?? []);
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  #accept(flows: readonly Flow[], member: Ipv6Address, sequence: number): ForwardingOutcome {
    const leaving =
      member !== this.#plan.self &&
      flows.some((flow) => this.memberOf(flow) === this.#plan.self && this.#plan.holds(flow));
    const placed = flows.every((flow) => this.#clients.place(flow));
    if (leaving && !placed) return { kind: 'refused', reason: this.#clients.full };
    for (const flow of flows)
      this.#entries.set(flowKey(flow), { flow, member, sequence: this.#later(flow, sequence) });
    return { kind: 'accepted' };
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
    for (const { flow } of entries) {
      this.#entries.delete(flowKey(flow));
      this.#clients.ended(flow);
    }
    return entries;
  }
}
