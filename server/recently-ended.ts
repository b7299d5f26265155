/** handoffs that have ended, of which the other side may not have heard */
export const MOST_REMEMBERED = 1024;

/** What became of the last things that ended, for who asks late: the oldest are forgotten beyond `capacity`. */
export class RecentlyEnded<Key, Outcome> {
  readonly #capacity: number;
  readonly #outcomes = new Map<Key, Outcome>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: Key): Outcome | undefined {
    return this.#outcomes.get(key);
  }

  /** What is known, the oldest first. */
  get all(): readonly (readonly [Key, Outcome])[] {
    return [...this.#outcomes];
  }

  set(key: Key, outcome: Outcome): void {
    this.#outcomes.delete(key);
    this.#outcomes.set(key, outcome);
    for (const oldest of this.#outcomes.keys()) {
      if (this.#outcomes.size <= this.#capacity) return;
      this.#outcomes.delete(oldest);
    }
  }

  /** True when it was known. */
  delete(key: Key): boolean {
    return this.#outcomes.delete(key);
  }

  clear(): void {
    this.#outcomes.clear();
  }

  forget(which: (key: Key, outcome: Outcome) => boolean): void {
    for (const [key, outcome] of this.#outcomes) if (which(key, outcome)) this.#outcomes.delete(key);
  }
}
