import type { Instant } from '../../mip6/roles/shared/role.ts';

interface BucketPlan {
  /** uses at once, after a time of none */
  readonly burst: number;
  readonly perSecond: number;
}

interface Bucket {
  readonly tokens: number;
  readonly at: Instant;
}

/**
 * A rate of uses for each of any number of keys: `burst` at once, `perSecond` in the long run. A full bucket is forgotten, so that only
 * keys used of late take memory; each call costs the same, however many there are.
 */
export class TokenBuckets<Key> {
  readonly #plan: BucketPlan;
  /** in the order of their last use */
  readonly #buckets = new Map<Key, Bucket>();

  constructor(plan: BucketPlan) {
    this.#plan = plan;
  }

  /** keys that are kept */
  get size(): number {
    return this.#buckets.size;
  }

  /** Uses one of the key's; false when there is none left. */
  take(key: Key, now: Instant): boolean {
    this.#forgetFull(now);
    const tokens = this.#tokens(key, now);
    if (tokens < 1) return false;
    this.#put(key, { tokens: tokens - 1, at: now });
    return true;
  }

  /** One use was none after all. */
  giveBack(key: Key, now: Instant): void {
    if (!this.#buckets.has(key)) return;
    const tokens = this.#tokens(key, now) + 1;
    if (tokens >= this.#plan.burst) this.#buckets.delete(key);
    else this.#put(key, { tokens, at: now });
  }

  #tokens(key: Key, now: Instant): number {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return this.#plan.burst;
    return Math.min(this.#plan.burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#plan.perSecond);
  }

  #put(key: Key, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
  }

  /** From the one used longest ago: at most two at a call, more than one call can add. */
  #forgetFull(now: Instant): void {
    for (let looks = 0; looks < 2; looks++) {
      const oldest = this.#buckets.keys().next();
      if (oldest.done === true || this.#tokens(oldest.value, now) < this.#plan.burst) return;
      this.#buckets.delete(oldest.value);
    }
  }
}
