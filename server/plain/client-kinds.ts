import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** `unknown`: not seen to answer or to refuse lately; it is tried as if it had Mobile IPv6. */
type ClientKind = 'mobile-ipv6' | 'plain' | 'unknown';

export type PlainReason =
  /** its kernel answered a Mobility Header with an ICMPv6 Parameter Problem */
  | 'parameter-problem'
  /** it answered neither Home nor Care-of Test Init, in any retransmission */
  | 'no-answer';

/** What is kept about clients, ms and counts. */
export interface ClientKindsPlan {
  /** how long a client that refused is taken for plain: its kernel will not change soon */
  readonly refusedMs: number;
  /** the same for one that merely did not answer: packets may have been lost */
  readonly silentMs: number;
  /** how long one that answered is known to */
  readonly capableMs: number;
  /** clients remembered; the one that was heard of longest ago gives way */
  readonly capacity: number;
}

interface Known {
  readonly kind: Exclude<ClientKind, 'unknown'>;
  readonly until: Instant;
}

/** What is known of clients by their behaviour (paper §7.2): which of them have Mobile IPv6. */
export class ClientKinds {
  readonly #plan: ClientKindsPlan;
  readonly #known = new Map<Ipv6Address, Known>();

  constructor(plan: ClientKindsPlan) {
    this.#plan = plan;
  }

  get size(): number {
    return this.#known.size;
  }

  kindOf(client: Ipv6Address, now: Instant): ClientKind {
    const known = this.#known.get(client);
    if (known === undefined) return 'unknown';
    if (known.until > now) return known.kind;
    this.#known.delete(client);
    return 'unknown';
  }

  /** It answered a test, or acknowledged a binding: that is proof, whatever was taken for true before. */
  answered(client: Ipv6Address, now: Instant): void {
    this.#keep(client, { kind: 'mobile-ipv6', until: now + this.#plan.capableMs });
  }

  /**
   * It refused or did not answer; the kind it is taken for now. Silence says nothing against a client that has answered
   * before: its network may be down. A Parameter Problem does: anyone may forge one, but no more than a lasting loss of packets.
   */
  refused(client: Ipv6Address, reason: PlainReason, now: Instant): ClientKind {
    if (reason === 'no-answer' && this.kindOf(client, now) === 'mobile-ipv6') return 'mobile-ipv6';
    const lifetimeMs = reason === 'parameter-problem' ? this.#plan.refusedMs : this.#plan.silentMs;
    this.#keep(client, { kind: 'plain', until: now + lifetimeMs });
    return 'plain';
  }

  #keep(client: Ipv6Address, known: Known): void {
    this.#known.delete(client);
    if (this.#known.size >= this.#plan.capacity)
      this.#known.delete(this.#known.keys().next().value ?? client);
    this.#known.set(client, known);
  }
}
