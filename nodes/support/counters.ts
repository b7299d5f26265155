import type { EventFields } from './event-log.ts';

/** Counts by reason: what a node dropped, refused or rejected. */
export class Counters {
  readonly #counts = new Map<string, number>();

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  toFields(): EventFields {
    return Object.fromEntries([...this.#counts].sort());
  }
}
