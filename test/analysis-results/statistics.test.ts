import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapMean } from '../../analysis/bootstrap.ts';
import { plainNumber, rounded } from '../../analysis/number.ts';
import { summarize } from '../../analysis/statistics.ts';
import { keyedRandom } from '../../topologies/seeded-random.ts';
import { aSample } from '../support/synthetic-samples.ts';

const values = [300.304, 301.25, 299.9, 300.7, 302.125];

test('the generator is xoshiro128** over SHA-256: numbers of a Python implementation', () => {
  const random = keyedRandom('fig12|cell|handoff-gap');
  const expected = [0.7986902184784412, 0.5466722124256194, 0.7725407949183136, 0.759220659499988];
  assert.deepEqual(expected.map(random), expected);
});

test('mean, deviation, median and interval: numbers of Python’s statistics and of the same bootstrap in Python', () => {
  const [summary] = summarize(values.map((value, repetition) => aSample({ value, repetition })));
  assert.equal(summary?.n, 5);
  assert.equal(rounded(summary.mean!), 300.8558);
  assert.equal(rounded(summary.sd!), 0.867262);
  assert.deepEqual([summary.min, summary.median, summary.max], [299.9, 300.7, 302.125]);
  const interval = bootstrapMean(values, 'key')!;
  assert.deepEqual([rounded(interval.low), rounded(interval.high)], [300.2216, 301.555]);
});

test('the interval depends on the values and the key and on nothing else', () => {
  assert.deepEqual(bootstrapMean(values, 'a'), bootstrapMean(values, 'a'));
  assert.notDeepEqual(bootstrapMean(values, 'a'), bootstrapMean(values, 'b'));
});

test('the interval of the mean covers the truth about as often as a percentile bootstrap of 30 values does', () => {
  const random = keyedRandom('coverage of the mean');
  let covered = 0;
  for (let trial = 0; trial < 300; trial += 1) {
    const drawn = Array.from({ length: 30 }, () => -Math.log(1 - random()));
    const { low, high } = bootstrapMean(drawn, `trial ${trial}`, 500)!;
    if (low <= 1 && 1 <= high) covered += 1;
  }
  assert.ok(covered > 260 && covered < 295, `${covered} of 300`);
});

test('one value has neither a deviation nor an interval; equal values have an interval of no width', () => {
  const [one] = summarize([aSample({ value: 5 })]);
  assert.equal(one?.mean, 5);
  assert.equal(one.sd, undefined);
  assert.equal(one.ci95Low, undefined);
  const [same] = summarize([0, 1, 2].map((repetition) => aSample({ value: 300.304, repetition })));
  assert.deepEqual([same?.sd, same?.ci95Low, same?.ci95High], [0, 300.304, 300.304]);
});

test('failed and unsupported repetitions are counted and never averaged', () => {
  const [summary] = summarize([
    aSample({ value: 1, repetition: 0 }),
    aSample({ value: 999, repetition: 1, outcome: 'failed' }),
    aSample({ repetition: 2, outcome: 'unsupported' }),
    aSample({ value: 3, repetition: 3 }),
  ]);
  assert.deepEqual([summary?.n, summary?.failed, summary?.unsupported, summary?.mean], [2, 1, 1, 2]);
  const [none] = summarize([aSample({ outcome: 'failed', reason: 'reset' })]);
  assert.deepEqual([none?.n, none?.failed, none?.mean], [0, 1, undefined]);
});

test('cells, variants, clocks and measures are summarized apart', () => {
  const summaries = summarize([
    aSample({ value: 1 }),
    aSample({ value: 2, variant: 'drain+advance-rr' }),
    aSample({ value: 3, clock: 'wall' }),
    aSample({ value: 4, measure: 'phase-1' }),
    aSample({ value: 5, cell: 'other' }),
  ]);
  assert.deepEqual(
    summaries.map((summary) => summary.mean),
    [1, 2, 3, 4, 5],
  );
});

test('numbers are plain: no float noise, no exponent, no negative zero', () => {
  const cases: readonly [number | undefined, string][] = [
    [300.30400000000003, '300.304'],
    [100, '100'],
    [1e-7, '0'],
    [-1e-9, '0'],
    [0.1 + 0.2, '0.3'],
    [1_000_000, '1000000'],
    [-2.5, '-2.5'],
    [undefined, ''],
    [Number.NaN, ''],
  ];
  for (const [value, text] of cases) assert.equal(plainNumber(value), text);
  assert.ok(Object.is(rounded(-1e-9), 0));
});
