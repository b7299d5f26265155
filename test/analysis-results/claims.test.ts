import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import { anyOf } from '../../experiments/any-value.ts';
import type { Claim, Experiment, RegressionClaim, ValueClaim } from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { aSample } from '../support/synthetic-samples.ts';

const value: ValueClaim = {
  kind: 'value',
  id: 'sum',
  source: 'paper §0',
  statement: 'The gap is the sum of its trips',
  measure: 'handoff-gap',
  where: { variant: 'drain', ...anyOf('csMs', 'ssMs') },
  expected: (p) => 6 * p.csMs! + 3 * p.ssMs!,
  formula: '6·L_CS + 3·L_SS',
  tolerance: 1,
  unit: 'ms',
};
const slopes: RegressionClaim = {
  kind: 'regression',
  id: 'slopes',
  source: 'paper §0',
  statement: 'The gap grows with both latencies',
  measure: 'handoff-gap',
  where: { variant: 'drain' },
  terms: [
    { parameter: 'csMs', symbol: 'L_CS', expected: 6, tolerance: 0.05 },
    { parameter: 'ssMs', symbol: 'L_SS', expected: 3, tolerance: 0.05 },
  ],
  intercept: { unit: 'ms', explanation: 'serialisation' },
};
const grid = [
  [10, 20],
  [40, 20],
  [80, 20],
  [40, 80],
] as const;

const withClaims = (...claims: readonly Claim[]): Experiment => ({ ...fig12, claims });
const run = (offset: number, changes: Partial<Sample> = {}): readonly Sample[] =>
  grid.map(([csMs, ssMs]) =>
    aSample({ parameters: { csMs, ssMs }, value: 6 * csMs + 3 * ssMs + offset, ...changes }),
  );

test('a value claim is reproduced up to its tolerance, deviates beyond, and names the farthest cell', () => {
  const [within] = judge(withClaims(value), run(1));
  assert.equal(within?.verdict, 'reproduced');
  const samples = run(0.3).map((s) => (s.parameters.csMs === 80 ? { ...s, value: 541.001 } : s));
  const [beyond] = judge(withClaims(value), samples);
  assert.equal(beyond?.verdict, 'deviates');
  assert.deepEqual([beyond.expected, beyond.measured, beyond.tolerance], [540, 541.001, 1]);
  assert.match(beyond.reason, /farthest of 4 cells: csMs=80 ssMs=20 \(\+1\.001 ms\)/);
  assert.match(beyond.statement, /6·L_CS \+ 3·L_SS/);
});

test('a regression claim gives a row per coefficient and tells the intercept that is not judged', () => {
  const results = judge(withClaims(slopes), run(0.304));
  assert.deepEqual(
    results.map((r) => [r.id, r.expected, r.verdict]),
    [
      ['slopes:csMs', 6, 'reproduced'],
      ['slopes:ssMs', 3, 'reproduced'],
    ],
  );
  assert.match(results[0]!.reason, /^intercept 0\.304 .*ms, not judged: serialisation/);
  const steeper = judge(
    withClaims(slopes),
    run(0).map((s) => ({ ...s, value: s.value! + 0.06 * s.parameters.ssMs! })),
  );
  assert.deepEqual(
    steeper.map((r) => r.verdict),
    ['reproduced', 'deviates'],
  );
});

test('an expected intercept is judged in a row of its own', () => {
  const judged = { ...slopes, intercept: { ...slopes.intercept, expected: 0, tolerance: 1 } };
  const verdicts = (offset: number) => judge(withClaims(judged), run(offset)).map((r) => [r.id, r.verdict]);
  assert.deepEqual(verdicts(0.3)[2], ['slopes:intercept', 'reproduced']);
  assert.deepEqual(verdicts(1.2)[2], ['slopes:intercept', 'deviates']);
});

test('without evidence a claim is not run, with the reason', () => {
  const results = judge(withClaims(value, slopes), run(0, { variant: 'baseline' }));
  assert.deepEqual(
    results.map((r) => r.verdict),
    ['not run', 'not run', 'not run'],
  );
  for (const result of results) {
    assert.equal(result.measured, undefined);
    assert.match(result.reason, /no cell of this run has handoff-gap where variant = drain/);
  }
});

test('a design of deficient rank is not run, never reproduced', () => {
  const samples = run(0).filter((s) => s.parameters.ssMs === 20);
  const results = judge(withClaims(slopes), samples);
  assert.deepEqual(
    results.map((r) => r.verdict),
    ['not run', 'not run'],
  );
  assert.match(results[0]!.reason, /ssMs does not vary/);
});

test('failed repetitions are left out and mentioned; their values count nowhere', () => {
  const bad = run(500, { repetition: 1, outcome: 'failed', reason: 'reset' });
  const results = judge(withClaims(value, slopes), [...run(0.3), ...bad]);
  assert.deepEqual(
    results.map((r) => r.verdict),
    ['reproduced', 'reproduced', 'reproduced'],
  );
  for (const result of results) assert.match(result.reason, /4 of 8 repetitions failed and are left out/);
});

test('a cell with nothing but failures keeps a value claim from being reproduced', () => {
  const samples = run(0.3).map((s) => (s.parameters.csMs === 10 ? { ...s, outcome: 'failed' as const } : s));
  const [result] = judge(withClaims(value), samples);
  assert.equal(result?.verdict, 'not run');
  assert.match(result.reason, /no repetition succeeded in csMs=10 ssMs=20/);
  const [worse] = judge(
    withClaims(value),
    samples.map((s) => ({ ...s, value: s.value! + 5 })),
  );
  assert.equal(worse?.verdict, 'deviates');
  const [nothing] = judge(
    withClaims(value),
    samples.map((s) => ({ ...s, outcome: 'failed' as const })),
  );
  assert.equal(nothing?.verdict, 'not run');
  assert.match(nothing.reason, /no repetition succeeded; 4 of 4 repetitions failed/);
});

test('a measured value that is no number is not run, and is not outshone by cells that are', () => {
  const samples = run(0).map((s) => (s.parameters.csMs === 40 ? { ...s, value: Number.NaN } : s));
  assert.equal(judge(withClaims(value), samples)[0]?.verdict, 'not run');
});

test('two clocks are judged apart', () => {
  const results = judge(withClaims(value), [...run(0.3), ...run(9, { clock: 'wall' })]);
  assert.deepEqual(
    results.map((r) => [r.id, r.verdict]),
    [
      ['sum@virtual', 'reproduced'],
      ['sum@wall', 'deviates'],
    ],
  );
});

test('ranges select inclusively; a cell with a parameter that has no default is left out unless it is named', () => {
  const ranged = { ...value, where: { variant: 'drain', csMs: { min: 10, max: 40 } } };
  const samples = run(0).map((s) => (s.parameters.csMs === 80 ? { ...s, value: 0 } : s));
  assert.equal(judge(withClaims(ranged), samples)[0]?.verdict, 'reproduced');
  const special = aSample({ parameters: { csMs: 40, cs1Ms: 10, ssMs: 20 }, value: 0 });
  assert.equal(judge(withClaims(value), [...run(0), special])[0]?.verdict, 'reproduced');
  const named = { ...value, where: { cs1Ms: 10 } };
  assert.equal(judge(withClaims(named), [...run(0), special])[0]?.verdict, 'deviates');
});
