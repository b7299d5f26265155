import type { Instant } from './role.ts';

/** At most `limit` uses in any window of `windowMs` milliseconds. */
export class RateLimit {
  readonly #limit: number;
  readonly #windowMs: number;
  #uses: Instant[] = [];

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** When the next use is allowed: `now`, or later. */
  nextAllowed(now: Instant): Instant {
    const blocking = this.#uses.at(-this.#limit);
    return blocking === undefined ? now : Math.max(now, blocking + this.#windowMs);
  }

  use(now: Instant): void {
    this.#uses.push(now);
    if (this.#uses.length > this.#limit) this.#uses = this.#uses.slice(-this.#limit);
  }
}
