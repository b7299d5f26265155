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

/**
 * Divides items among `count` shards so that the most expensive shard is little dearer than the mean: the dearest item first, each to
 * the shard that has the least so far (Graham, "Bounds on multiprocessing timing anomalies", 1969: at most 4/3 of the best). The
 * answer depends on the costs and their order alone, so every machine of a run finds the same. Returns the shard of each item, from 1.
 */
export function shardOfEach(costs: readonly number[], count: number): readonly number[] {
  const loads = new Array<number>(count).fill(0);
  const shards = new Array<number>(costs.length).fill(1);
  const dearestFirst = costs.map((_, item) => item).sort((a, b) => costs[b]! - costs[a]! || a - b);
  for (const item of dearestFirst) {
    let least = 0;
    for (let shard = 1; shard < count; shard++) if (loads[shard]! < loads[least]!) least = shard;
    loads[least] = loads[least]! + costs[item]!;
    shards[item] = least + 1;
  }
  return shards;
}

/** The part of a shard in several lists of a run together, in their order; all of them without a shard. */
export function partsOf<Item>(
  lists: readonly (readonly Item[])[],
  shard: Shard | undefined,
  costOf: (item: Item) => number,
): readonly (readonly Item[])[] {
  if (shard === undefined) return lists;
  const shards = shardOfEach(lists.flat().map(costOf), shard.count);
  let place = 0;
  return lists.map((items) => items.filter(() => shards[place++] === shard.index));
}

/** What a shard held in runs whose manifests do not say it: every n-th cell of each experiment. */
export function partByCount<Item>(items: readonly Item[], shard: Shard): readonly Item[] {
  return items.filter((_, place) => place % shard.count === shard.index - 1);
}
