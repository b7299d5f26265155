import { UsageError } from '../usage-error.ts';

/** The k-th of n parts of a run. */
export interface Shard {
  /** from 1 */
  readonly index: number;
  readonly count: number;
}

const maximumCount = 10_000;

/** Reads `k/n`. Throws UsageError. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && index >= 1 && index <= count && count <= maximumCount) return { index, count };
  throw new UsageError('--shard', text, 'is no k/n with 1 ≤ k ≤ n', 'write for example --shard 1/4');
}

/** The shard's part of a list: every n-th item, so that each part has cells from all over the grid. */
export function partOf<Item>(items: readonly Item[], shard: Shard | undefined): readonly Item[] {
  return shard === undefined ? items : items.filter((_, place) => place % shard.count === shard.index - 1);
}
