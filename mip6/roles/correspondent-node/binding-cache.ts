import type { Ipv6Address } from '../../wire/address.ts';
import { earliest } from '../shared/instants.ts';
import type { Instant } from '../shared/role.ts';

interface CacheKey {
  /** our own address */
  readonly correspondent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
}

/** A binding in force (RFC 6275 §9.1). */
export interface BoundEntry extends CacheKey {
  readonly state: 'bound';
  readonly careOfAddress: Ipv6Address;
  /** of the last valid Binding Update */
  readonly sequence: number;
  readonly acceptedAt: Instant;
  readonly expiresAt: Instant;
  /** when to ask the mobile node for a refresh (§9.5.5) */
  readonly refreshRequestAt?: Instant;
}

/** A binding that ended: its sequence number is kept while an old update could still be replayed (§5.2.8, §9.5.3). */
interface EndedEntry extends CacheKey {
  readonly state: 'ended';
  readonly sequence: number;
  readonly keptUntil: Instant;
}

export type BindingCacheEntry = BoundEntry | EndedEntry;

/** A correspondent node's Binding Cache (RFC 6275 §9.1), one entry per own address and home address. */
export class BindingCache {
  readonly #capacity: number;
  readonly #entries = new Map<string, BindingCacheEntry>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: CacheKey): BindingCacheEntry | undefined {
    return this.#entries.get(text(key));
  }

  /** Whether an entry for this key is there, or may be added. */
  hasRoomFor(key: CacheKey): boolean {
    return this.#entries.has(text(key)) || this.#entries.size < this.#capacity;
  }

  /** Adds or replaces; the caller has asked `hasRoomFor`. */
  set(entry: BindingCacheEntry): void {
    this.#entries.set(text(entry), entry);
  }

  delete(key: CacheKey): void {
    this.#entries.delete(text(key));
  }

  /** A copy, safe to change the cache by. */
  entries(): BindingCacheEntry[] {
    return [...this.#entries.values()];
  }

  deadline(): Instant | undefined {
    return earliest(this.entries().map(entryDeadline));
  }
}

/** The next instant at which time changes this entry. */
export function entryDeadline(entry: BindingCacheEntry): Instant {
  if (entry.state === 'ended') return entry.keptUntil;
  return Math.min(entry.expiresAt, entry.refreshRequestAt ?? entry.expiresAt);
}

function text({ correspondent, homeAddress }: CacheKey): string {
  return `${correspondent} ${homeAddress}`;
}
