import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import { anyOf } from '../../experiments/any-value.ts';
import type { Claim, Experiment, Parameters } from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { aSample } from '../support/synthetic-samples.ts';

const base = { id: 'c', source: 'paper §0', statement: 'words' };
const withClaim = (claim: Claim): Experiment => ({ ...fig12, claims: [claim] });

/** One repetition's measures in one cell. */
const repetition = (parameters: Parameters, measures: Readonly<Record<string, number>>, index = 0) =>
  Object.entries(measures).map(([measure, value]) =>
    aSample({ parameters, measure, value, repetition: index }),
  );
const verdicts = (claim: Claim, samples: readonly Sample[]) =>
  judge(withClaim(claim), samples).map((result) => result.verdict);

test('bound: every cell’s mean lies in the range, both ends included', () => {
  const claim: Claim = {
    ...base,
    kind: 'bound',
    measure: 'state-bytes',
    where: anyOf('csMs'),
    range: { min: 80, max: 100 },
    unit: 'octets',
  };
  const cells = (last: number) => [
    ...repetition({ csMs: 10 }, { 'state-bytes': 80 }),
    ...repetition({ csMs: 20 }, { 'state-bytes': last }),
  ];
  assert.deepEqual(verdicts(claim, cells(100)), ['reproduced']);
  const [beyond] = judge(withClaim(claim), cells(100.5));
  assert.deepEqual([beyond?.verdict, beyond?.measured], ['deviates', 100.5]);
  assert.match(beyond!.reason, /csMs=20/);
  assert.deepEqual(verdicts(claim, cells(Number.NaN)), ['deviates']);
  assert.deepEqual(verdicts(claim, []), ['not run']);
});

test('bound: a share is taken repetition by repetition; without the whole there is none', () => {
  const claim: Claim = {
    ...base,
    kind: 'bound',
    measure: 'phase-2',
    shareOf: 'handoff-total',
    where: anyOf('csMs'),
    range: { min: 0.9 },
    unit: '',
  };
  const of = (total: number) => repetition({ csMs: 0 }, { 'phase-2': 95, 'handoff-total': total });
  assert.equal(judge(withClaim(claim), of(100))[0]?.measured, 0.95);
  assert.deepEqual(verdicts(claim, of(100)), ['reproduced']);
  assert.deepEqual(verdicts(claim, of(110)), ['deviates']);
  assert.deepEqual(verdicts(claim, repetition({ csMs: 0 }, { 'phase-2': 95 })), ['not run']);
});

test('constant: the means differ by no more than the tolerance', () => {
  const claim: Claim = {
    ...base,
    kind: 'constant',
    measure: 'phase-3',
    over: 'rateKbit',
    tolerance: 0.1,
    unit: 'ms',
  };
  const of = (...values: readonly number[]) =>
    values.flatMap((value, i) => repetition({ rateKbit: 1000 * (i + 1) }, { 'phase-3': value }));
  assert.deepEqual(verdicts(claim, of(2, 2.1, 2.05)), ['reproduced']);
  const [result] = judge(withClaim(claim), of(2, 2.2, 2.05));
  assert.equal(result?.verdict, 'deviates');
  assert.match(result.reason, /from 2 at rateKbit=1000 to 2.2 at rateKbit=2000/);
  assert.deepEqual(verdicts(claim, of(2)), ['not run'], 'one rate says nothing about others');
});

test('monotone: each step goes the claimed way; equal means do not', () => {
  const claim: Claim = {
    ...base,
    kind: 'monotone',
    measure: 'phase-4',
    over: 'rateKbit',
    direction: 'falls',
  };
  const of = (...values: readonly number[]) =>
    values.flatMap((value, i) => repetition({ rateKbit: 1000 * (i + 1) }, { 'phase-4': value }));
  assert.deepEqual(verdicts(claim, of(9, 5, 2)), ['reproduced']);
  assert.deepEqual(verdicts(claim, of(9, 9, 2)), ['deviates']);
  assert.deepEqual(verdicts({ ...claim, direction: 'rises' }, of(9, 5, 2)), ['deviates']);
  assert.equal(judge(withClaim(claim), of(9, 5, 6))[0]?.measured, 0.5);
});

test('order: every repetition, every stage; one message out of its place is named', () => {
  const claim: Claim = {
    ...base,
    kind: 'order',
    measure: 'at-data',
    stages: [['at-init'], ['at-hoti', 'at-coti'], ['at-data']],
  };
  const right = { 'at-init': 1, 'at-hoti': 3, 'at-coti': 2, 'at-data': 4 };
  const samples = [...repetition({ csMs: 40 }, right), ...repetition({ csMs: 40 }, right, 1)];
  assert.deepEqual(verdicts(claim, samples), ['reproduced']);
  for (const [wrong, words] of [
    [{ ...right, 'at-coti': 0.5 }, /coti \(0\.5 ms\) is not after init/],
    [{ ...right, 'at-data': 3 }, /data \(3 ms\) is not after hoti/],
    [{ 'at-init': 1, 'at-hoti': 3, 'at-data': 4 }, /no coti/],
  ] as const) {
    const all = [...repetition({ csMs: 40 }, right), ...repetition({ csMs: 40 }, wrong, 1)];
    const [result] = judge(withClaim(claim), all);
    assert.deepEqual([result?.verdict, result?.measured], ['deviates', 0.5]);
    assert.match(result!.reason, words);
    assert.match(result!.reason, /repetition 1/);
  }
});

test('given: only repetitions whose other measures lie in the range are judged', () => {
  const claim: Claim = {
    ...base,
    kind: 'value',
    measure: 'handoff-gap',
    given: { 'state-bytes': { max: 300 } },
    expected: () => 300,
    formula: '300',
    tolerance: 1,
    unit: 'ms',
  };
  const empty = repetition({ csMs: 40 }, { 'handoff-gap': 300, 'state-bytes': 128 });
  const full = repetition({ csMs: 40 }, { 'handoff-gap': 600, 'state-bytes': 85_000 }, 1);
  const unknown = repetition({ csMs: 40 }, { 'handoff-gap': 600 }, 2);
  assert.deepEqual(verdicts(claim, [...empty, ...full, ...unknown]), ['reproduced']);
  const late = { ...claim, given: { 'state-bytes': { min: 300 } } };
  assert.deepEqual(verdicts(late, [...empty, ...full]), ['deviates']);
  const [nothing] = judge(withClaim(claim), full);
  assert.match(nothing!.reason, /state-bytes ≤ 300/);
});

test('a regression’s term may be made of parameters and other measures of the repetition', () => {
  const claim: Claim = {
    ...base,
    kind: 'regression',
    measure: 'phase-2',
    where: anyOf('rateKbit'),
    terms: [
      {
        parameter: 'stateTime',
        value: (p, m) => (8 * m['state-bytes']!) / p.rateKbit!,
        symbol: '8·state/rate',
        expected: 1,
        tolerance: 0.1,
      },
    ],
    intercept: { unit: 'ms', explanation: 'rest' },
  };
  const of = (factor: number) =>
    [1000, 1500, 2000].flatMap((rateKbit, i) => {
      const state = 80_000 + 1000 * i;
      return repetition(
        { rateKbit },
        { 'state-bytes': state, 'phase-2': (factor * 8 * state) / rateKbit + 3 },
      );
    });
  assert.deepEqual(verdicts(claim, of(1.05)), ['reproduced']);
  assert.deepEqual(verdicts(claim, of(1.2)), ['deviates']);
});

test('a deviation’s known cause and what is missing for a claim stand in the reason', () => {
  const claim: Claim = {
    ...base,
    kind: 'bound',
    measure: 'phase-3',
    where: { clock: 'wall' },
    range: { max: 1 },
    unit: 'ms',
    withoutEvidence: 'run with --clock wall',
    deviation: 'an old processor',
  };
  const [missing] = judge(withClaim(claim), repetition({}, { 'phase-3': 0 }));
  assert.deepEqual([missing?.verdict, missing?.reason], ['not run', 'run with --clock wall']);
  const wall = repetition({}, { 'phase-3': 2 }).map((s) => ({ ...s, clock: 'wall' as const }));
  assert.match(judge(withClaim(claim), wall)[0]!.reason, /an old processor$/);
});
