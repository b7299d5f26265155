import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { experiments } from '../../experiments/index.ts';
import { planOf } from '../../runner/cells/cell-files.ts';
import { secondsOf, sum } from '../../runner/cells/estimate.ts';
import { parseShard, partByCount, partsOf, shardOfEach } from '../../runner/cells/shard.ts';
import { cellsOf } from '../../runner/cells.ts';

const costsArbitrary = fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { maxLength: 60 });

test('a shard is k/n', () => {
  assert.deepEqual(parseShard('2/3'), { index: 2, count: 3 });
  for (const text of ['0/2', '3/2', '1', '1/0', '-1/2', '1/2/3', 'a/b', ''])
    assert.throws(() => parseShard(text), /--shard: '.*' is no k\/n/, text);
});

test('every cell of every experiment is in exactly one shard, in its order, whatever their number', () => {
  fc.assert(
    fc.property(costsArbitrary, costsArbitrary, fc.integer({ min: 1, max: 20 }), (one, other, count) => {
      const lists = [one, other].map((costs, list) => costs.map((cost, place) => ({ cost, list, place })));
      const parts = Array.from({ length: count }, (_, k) =>
        partsOf(lists, { index: k + 1, count }, ({ cost }) => cost),
      );
      for (const [index, list] of lists.entries()) {
        const shared = parts.map((part) => part[index]!);
        assert.deepEqual(
          shared.flat().sort((a, b) => a.place - b.place),
          list,
        );
        for (const part of shared)
          assert.deepEqual(
            part,
            [...part].sort((a, b) => a.place - b.place),
          );
      }
    }),
  );
  const lists = [[1, 2], [3]];
  assert.equal(
    partsOf(lists, undefined, (cost) => cost),
    lists,
  );
});

test('no shard costs more than the mean and its dearest cell: the dearest cells go first, each to the cheapest shard', () => {
  fc.assert(
    fc.property(costsArbitrary, fc.integer({ min: 1, max: 12 }), (costs, count) => {
      const shards = shardOfEach(costs, count);
      const loads = Array.from({ length: count }, (_, k) =>
        sum(costs.filter((_cost, i) => shards[i] === k + 1)),
      );
      // Graham 1969: 4/3 of the best, which is at least the mean and at least the dearest cell.
      const best = Math.max(sum(costs) / count, ...costs, 0);
      const pairs = [...costs].sort((a, b) => b - a).slice(count - 1, count + 1);
      const least = costs.length > count ? Math.max(best, sum(pairs)) : best;
      assert.ok(Math.max(...loads) <= (4 / 3) * least + 1e-9, `${loads}`);
    }),
  );
  assert.deepEqual(shardOfEach([1, 5, 3, 3], 2), [1, 1, 2, 2]);
});

test('the quick profile in 20 shards: the longest is within a twentieth of the mean', () => {
  const lists = experiments.map((experiment) =>
    cellsOf(experiment, {
      profile: 'quick',
      settings: {},
      variants: [],
      clock: 'virtual',
      seed: 1,
    }).map((cell) => secondsOf({ cell, plan: planOf(cell), fingerprint: '' })),
  );
  const cost = (seconds: number): number => seconds;
  const count = 20;
  const spread = (of: (index: number) => number): number => {
    const loads = Array.from({ length: count }, (_, k) => of(k + 1));
    return Math.max(...loads) / (sum(loads) / count);
  };
  const byCost = spread((index) => sum(partsOf(lists, { index, count }, cost).flat()));
  const byCount = spread((index) => sum(lists.flatMap((cells) => partByCount(cells, { index, count }))));
  assert.ok(byCost < 1.05 && byCost < byCount, `${byCost}, by count ${byCount}`);
});
