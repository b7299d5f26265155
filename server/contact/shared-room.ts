import type { Ipv6Address } from '../../mip6/wire/address.ts';

interface Occupant<Value> {
  readonly member: Ipv6Address;
  readonly value: Value;
}

/**
 * Room for so many entries, each of which is one member's. Beyond it the oldest entry of the member that has most gives way: one that tells of clients without
 * end loses its own, and nobody else's.
 */
export class SharedRoom<Key, Value> {
  readonly #capacity: number;
  readonly #entries = new Map<Key, Occupant<Value>>();
  /** each member's keys, the oldest first */
  readonly #ofMember = new Map<Ipv6Address, Set<Key>>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The oldest first. */
  get all(): readonly Value[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The newest, of this member; one that is there stays whose it is, so that nobody makes another's its own and then has it give way. */
  set(key: Key, value: Value, by: Ipv6Address): void {
    const member = this.#entries.get(key)?.member ?? by;
    this.delete(key);
    this.#entries.set(key, { member, value });
    const keys = this.#ofMember.get(member) ?? new Set();
    this.#ofMember.set(member, keys.add(key));
    if (this.#entries.size > this.#capacity) this.#giveWay();
  }

  delete(key: Key): void {
    const occupant = this.#entries.get(key);
    if (occupant === undefined) return;
    this.#entries.delete(key);
    const keys = this.#ofMember.get(occupant.member);
    keys?.delete(key);
    if (keys?.size === 0) this.#ofMember.delete(occupant.member);
  }

  forget(which: (value: Value) => boolean): void {
    for (const [key, { value }] of this.#entries) if (which(value)) this.delete(key);
  }

  #giveWay(): void {
    const [first, ...others] = this.#ofMember.values();
    const most = others.reduce((one, other) => (other.size > one!.size ? other : one), first);
    for (const oldest of most ?? []) {
      this.delete(oldest);
      return;
    }
  }
}
