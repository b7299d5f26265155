import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClaimResult, judge } from '../../analysis/claims.ts';
import access from '../../experiments/access.ts';
import type { Clock, Parameters, ProfileName } from '../../experiments/experiment.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

type Model = (p: Parameters) => number;

const detour: Model = (p) => (p.contactNode === 1 ? 0 : 2 * p.ssMs!);
const direct: Model = (p) => 2 * (p.contactNode === 1 ? p.cs1Ms! : p.cs2Ms!);
const trips: Model = (p) => (p.routeOptimization === 1 ? direct(p) : 2 * p.cs1Ms! + detour(p));
/** The paper's X and Y. */
const local: Model = (p) => (p.contactNode === 1 ? 2.13 : 3.61);

function judged(profile: ProfileName, clock: Clock, model: Model): readonly ClaimResult[] {
  const run = { experiment: access, profile, unit: 'ms', noise: 0.01 };
  return judge(
    access,
    [
      ...syntheticSamples({ ...run, measure: 'round-trip-time', model }),
      ...syntheticSamples({ ...run, measure: 'round-trip-remainder', model: (p) => model(p) - trips(p) }),
    ].map((sample) => ({ ...sample, clock })),
  );
}

function idsOf(results: readonly ClaimResult[], verdict: string): readonly string[] {
  return results.filter((result) => result.verdict === verdict).map(({ id }) => id);
}

test('a run that behaves as the paper says reproduces every claim that its profile can judge', () => {
  for (const profile of ['smoke', 'quick', 'paper'] as const) {
    const results = judged(profile, 'virtual', trips);
    assert.deepEqual(idsOf(results, 'deviates'), [], profile);
    const regressions =
      profile === 'smoke'
        ? ['toContactMs', 'toOtherMs', 'ssMs'].map((term) => `access-optimized:${term}`)
        : [];
    const open = [
      ...regressions,
      'access-x',
      'access-x-small',
      'access-y',
      'access-y-small',
      'access-y-more',
    ];
    assert.deepEqual(idsOf(results, 'not run').toSorted(), open.toSorted(), profile);
  }
});

test('where computing takes time X and Y are judged, and the sums of trips are left to the virtual clock', () => {
  for (const clock of ['elastic', 'wall'] as const) {
    const results = judged('quick', clock, (p) => trips(p) + local(p));
    assert.deepEqual(idsOf(results, 'not run'), [
      'access-1-cells',
      'access-2-cells',
      'access-optimized-cells',
    ]);
    // With noise on top a mean of exactly the paper's X is beyond it.
    assert.deepEqual(idsOf(results, 'deviates'), ['access-x-small', 'access-y-small']);
    assert.ok(
      idsOf(results, 'reproduced').includes('access-x') && idsOf(results, 'reproduced').includes('access-y'),
    );
  }
});

test('X and Y of another machine are refined while they are no larger and Y is more than X', () => {
  const verdict = (id: string, x: number, y: number) =>
    judged('quick', 'elastic', (p) => trips(p) + (p.contactNode === 1 ? x : y)).find((row) => row.id === id)
      ?.verdict;
  assert.equal(verdict('access-x', 0.3, 0.5), 'refined');
  assert.equal(verdict('access-y', 0.3, 0.5), 'refined');
  assert.equal(verdict('access-y-more', 0.5, 0.3), 'deviates');
  assert.equal(verdict('access-x', 0.5, 0.3), 'deviates');
  assert.equal(verdict('access-x', 3, 3.5), 'deviates');
});

test('packets that take another path make a claim deviate', () => {
  const others: readonly (readonly [string, Model])[] = [
    ['access-2:ssMs', (p) => trips(p) - detour(p) / 2],
    ['access-2-cells', (p) => (p.contactNode === 2 ? direct(p) : trips(p))],
    ['access-1:ssMs', (p) => trips(p) + (p.contactNode === 1 ? p.ssMs! : 0)],
    ['access-1:cs1Ms', (p) => trips(p) + p.cs1Ms!],
    ['access-optimized:ssMs', (p) => 2 * p.cs1Ms! + detour(p)],
    ['access-optimized:toOtherMs', (p) => 2 * p.cs1Ms! + detour(p)],
    ['access-optimized-cells', (p) => 2 * p.cs1Ms! + detour(p)],
  ];
  for (const [id, model] of others) {
    assert.ok(idsOf(judged('quick', 'virtual', model), 'deviates').includes(id), id);
  }
});

test('other conditions than the paper’s are not run rather than compared', () => {
  const run = { experiment: access, profile: 'quick' as const, measure: 'round-trip-time', unit: 'ms' };
  const shaped = syntheticSamples({ ...run, model: trips }).map((sample) => ({
    ...sample,
    parameters: { ...sample.parameters, rateKbit: 1000 },
  }));
  assert.deepEqual(new Set(judge(access, shaped).map(({ verdict }) => verdict)), new Set(['not run']));
});
