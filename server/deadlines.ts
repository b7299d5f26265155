import type { Instant } from '../mip6/roles/shared/role.ts';

/** Instants by key, for a role that waits for several things at a time. */
export class Deadlines<Key> {
  readonly #at = new Map<Key, Instant>();

  /** In place of an earlier one. */
  set(key: Key, at: Instant): void {
    this.#at.set(key, at);
  }

  /** False when there was none. */
  delete(key: Key): boolean {
    return this.#at.delete(key);
  }

  has(key: Key): boolean {
    return this.#at.has(key);
  }

  clear(): void {
    this.#at.clear();
  }

  /** The earliest of them. */
  next(): Instant | undefined {
    return this.#at.size === 0 ? undefined : Math.min(...this.#at.values());
  }

  /** Takes those out that have come, the earliest first. */
  due(now: Instant): readonly Key[] {
    const due = [...this.#at].filter(([, at]) => at <= now).sort(([, one], [, other]) => one - other);
    for (const [key] of due) this.#at.delete(key);
    return due.map(([key]) => key);
  }
}
