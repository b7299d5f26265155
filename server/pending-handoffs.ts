import type { Instant } from '../mip6/roles/role.ts';
import type { Ipv6Address } from '../mip6/wire/address.ts';

/** An acceptor whose Home Test Init went through this contact node. */
export interface PendingHandoff {
  readonly client: Ipv6Address;
  /** 8 octets, as in the Home Test Init */
  readonly homeInitCookie: Uint8Array;
  /** care-of address of the acceptor */
  readonly acceptor: Ipv6Address;
}

/**
 * The contact node's list of pending handoffs (paper §3.2, Fig. 6c): it says to which acceptor a Home Test is tunnelled.
 * Entries are learned from the Home Test Init messages that the contact node forwards, and die of age.
 */
export class PendingHandoffs {
  readonly #lifetimeMs: number;
  readonly #capacity: number;
  readonly #entries = new Map<string, { readonly pending: PendingHandoff; readonly until: Instant }>();

  /** `lifetimeMs`: how long an answer is waited for; `capacity`: the oldest entry gives way beyond it. */
  constructor(lifetimeMs: number, capacity: number) {
    this.#lifetimeMs = lifetimeMs;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  add(pending: PendingHandoff, now: Instant): void {
    this.#expire(now);
    const key = keyOf(pending.client, pending.homeInitCookie);
    this.#entries.delete(key);
    if (this.#entries.size >= this.#capacity) this.#entries.delete(this.#entries.keys().next().value ?? '');
    this.#entries.set(key, { pending, until: now + this.#lifetimeMs });
  }

  /** The acceptor that waits for this Home Test; undefined when nobody does. Kept: a duplicate answer goes the same way. */
  find(client: Ipv6Address, homeInitCookie: Uint8Array, now: Instant): PendingHandoff | undefined {
    this.#expire(now);
    return this.#entries.get(keyOf(client, homeInitCookie))?.pending;
  }

  #expire(now: Instant): void {
    for (const [key, entry] of this.#entries) {
      if (entry.until > now) return; // insertion order is order of age
      this.#entries.delete(key);
    }
  }
}

function keyOf(client: Ipv6Address, cookie: Uint8Array): string {
  return `${client} ${Buffer.from(cookie).toString('hex')}`;
}
