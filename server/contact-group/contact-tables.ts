import type { Instant } from '../../mip6/roles/role.ts';
import { type Ipv6Address, UNSPECIFIED } from '../../mip6/wire/address.ts';
import type { ContactEntry } from '../group-frames.ts';

interface Kept {
  readonly entry: ContactEntry;
  readonly until: Instant;
}

/**
 * What a contact node must know to finish what its predecessor began: which acceptor waits for a Home Test (paper §3.2), and who
 * serves which connection of clients without Mobile IPv6 (§7.2). It tells every change to its backups, and all of it to a new one.
 * All else of a handoff is between donor, acceptor and client, and survives a takeover without help.
 */
export class ContactTables {
  readonly #capacity: number;
  readonly #kept = new Map<string, Kept>();

  /** `capacity`: of both tables together; the oldest entry gives way beyond it. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Keeps an entry for its lifetime, at the contact node or at a backup; one with the member `::` is taken away. */
  set(entry: ContactEntry, now: Instant): void {
    this.#expire(now);
    const key = keyOf(entry);
    this.#kept.delete(key);
    if (entry.member === UNSPECIFIED) return;
    if (this.#kept.size >= this.#capacity) this.#kept.delete(this.#kept.keys().next().value ?? '');
    this.#kept.set(key, { entry, until: now + entry.lifetimeMs });
  }

  /** All entries with what is left of their lifetimes: what a new backup is told. */
  snapshot(now: Instant): readonly ContactEntry[] {
    this.#expire(now);
    return [...this.#kept.values()].map(({ entry, until }) => ({
      ...entry,
      lifetimeMs: Math.ceil(until - now),
    }));
  }

  /** Care-of address of the acceptor that waits for this Home Test. */
  acceptorOf(client: Ipv6Address, homeInitCookie: Uint8Array, now: Instant): Ipv6Address | undefined {
    const member = UNSPECIFIED;
    return this.#member({ table: 'pending-handoff', client, homeInitCookie, member, lifetimeMs: 0 }, now);
  }

  /** Care-of address of the member that serves this connection. */
  serverOf(
    client: Ipv6Address,
    clientPort: number,
    servicePort: number,
    now: Instant,
  ): Ipv6Address | undefined {
    const key = { table: 'forwarding', client, clientPort, servicePort } as const;
    return this.#member({ ...key, member: UNSPECIFIED, lifetimeMs: 0 }, now);
  }

  /** Connections that end because the member which served them has ended; they are forgotten. */
  lost(member: Ipv6Address): readonly ContactEntry[] {
    const entries = [...this.#kept.values()].map(({ entry }) => entry);
    const lost = entries.filter((entry) => entry.table === 'forwarding' && entry.member === member);
    for (const entry of lost) this.#kept.delete(keyOf(entry));
    return lost;
  }

  #member(sought: ContactEntry, now: Instant): Ipv6Address | undefined {
    const kept = this.#kept.get(keyOf(sought));
    return kept === undefined || kept.until <= now ? undefined : kept.entry.member;
  }

  #expire(now: Instant): void {
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key);
  }
}

function keyOf(entry: ContactEntry): string {
  return entry.table === 'pending-handoff'
    ? `${entry.client} ${Buffer.from(entry.homeInitCookie).toString('hex')}`
    : `${entry.client} ${entry.clientPort} ${entry.servicePort}`;
}
