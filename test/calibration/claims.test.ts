import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ClaimResult, judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import { meetingMs } from '../../experiments/calibration/clocks.ts';
import { bulkTimeMs, reorderedPct, uniformSdMs } from '../../experiments/calibration/theory.ts';
import calibration from '../../experiments/calibration.ts';
import type { Clock, Parameters } from '../../experiments/experiment.ts';
import { cellsOf } from '../../runner/cells.ts';
import { keyedRandom } from '../../topologies/seeded-random.ts';

/** What a network that keeps its word gives in a cell, by measure. */
const truth: Readonly<Record<string, (p: Parameters) => number | undefined>> = {
  'delay-client-node1': (p) => p.cs1Ms,
  'delay-node1-client': (p) => p.cs1Ms,
  'delay-client-node2': (p) => (p.pairs === 3 ? p.cs2Ms : undefined),
  'delay-node2-client': (p) => (p.pairs === 3 ? p.cs2Ms : undefined),
  'delay-node1-node2': (p) => (p.pairs === 3 ? p.ssMs : undefined),
  'delay-node2-node1': (p) => (p.pairs === 3 ? p.ssMs : undefined),
  'delay-min': (p) => p.cs1Ms! - p.jitterMs!,
  'delay-max': (p) => p.cs1Ms! + p.jitterMs!,
  'delay-sd': uniformSdMs,
  reordered: reorderedPct,
  'loss-client-node1': (p) => p.lossPct,
  'loss-node1-client': (p) => p.lossPct,
  'loss-other-pairs': (p) => (p.pairs === 3 ? p.lossPct : undefined),
  'rate-node1': (p) => p.rateKbit,
  'rate-node2': (p) => p.rateKbit,
  'bulk-time': (p) => (p.bytes! > 0 ? bulkTimeMs(p) : undefined),
};

type Change = (value: number, p: Parameters) => number;

function judged(
  clock: Clock,
  changes: Readonly<Record<string, Change>> = {},
): ReadonlyMap<string, ClaimResult> {
  const selection = { profile: 'quick', settings: {}, variants: [], clock, seed: 1 } as const;
  const samples = cellsOf(calibration, selection).flatMap((cell) =>
    Object.entries(truth).flatMap(([measure, of]): readonly Sample[] => {
      const { parameters, variant, seed } = cell;
      const value = of(parameters);
      if (value === undefined) return [];
      const changed = changes[measure]?.(value, parameters) ?? value;
      const base = {
        experiment: 'calibration',
        cell: cell.id,
        parameters,
        variant,
        clock,
        seed,
        repetition: 0,
      };
      return [{ ...base, measure, unit: '', value: changed, outcome: 'succeeded', reason: '' }];
    }),
  );
  return new Map(judge(calibration, samples).map((result) => [result.id, result]));
}

function deviating(clock: Clock, changes: Readonly<Record<string, Change>>): readonly string[] {
  return [...judged(clock, changes).values()].filter((r) => r.verdict === 'deviates').map((r) => r.id);
}

for (const clock of ['virtual', 'wall'] as const) {
  test(`a network that keeps its word reproduces every claim of the ${clock} clock, and none of the other`, () => {
    for (const { id, verdict, reason } of judged(clock).values()) {
      const other =
        id.endsWith(clock === 'virtual' ? '-wall' : '-virtual') ||
        (clock === 'wall' && /independent|reordered/.test(id));
      assert.equal(verdict, other ? 'not run' : 'reproduced', `${id}: ${reason}`);
    }
  });
}

test('every claim of the virtual clock fails in a network that is a little off', () => {
  const off: readonly { measure: string; change: Change; claims: readonly string[] }[] = [
    // 2 µs too many on every path, in one cell only.
    ...['client-node1', 'node1-client', 'client-node2', 'node2-client', 'node1-node2', 'node2-node1'].map(
      (path) => ({
        measure: `delay-${path}`,
        change: (value: number, p: Parameters) => (p.cs1Ms === 35 ? value + 0.002 : value),
        claims: [`calibration-delay-${path}-virtual`],
      }),
    ),
    {
      measure: 'rate-node1',
      change: (v, p) => (p.rateKbit === 2000 ? 1900 : v),
      claims: ['calibration-rate-node1-virtual'],
    },
    {
      measure: 'rate-node2',
      change: (v, p) => (p.rateKbit === 2000 ? 2012 : v),
      claims: ['calibration-rate-node2-virtual'],
    },
    {
      measure: 'loss-client-node1',
      change: (v, p) => (p.lossPct === 1 ? 1.25 : v),
      claims: ['calibration-loss-client-node1'],
    },
    {
      measure: 'loss-node1-client',
      change: (v, p) => (p.lossPct === 5 ? 4.4 : v),
      claims: ['calibration-loss-node1-client'],
    },
    {
      measure: 'loss-other-pairs',
      change: (v, p) => (p.lossPct === 2 ? 1 : v),
      claims: ['calibration-loss-other-pairs'],
    },
    { measure: 'delay-min', change: (v) => v - 0.1, claims: ['calibration-delay-min-virtual'] },
    { measure: 'delay-max', change: (v) => v + 0.1, claims: ['calibration-delay-max-virtual'] },
    {
      measure: 'delay-client-node1',
      change: (v, p) => (p.jitterMs === 5 ? v + 0.2 : v),
      claims: ['calibration-delay-mean-virtual'],
    },
    { measure: 'delay-sd', change: (v) => v * 0.9, claims: ['calibration-delay-sd-virtual'] },
    { measure: 'reordered', change: (v) => v * 0.9, claims: ['calibration-reordered-virtual'] },
    {
      measure: 'reordered',
      change: (v, p) => (p.jitterMs === 0 ? 0.01 : v),
      claims: ['calibration-in-order'],
    },
    {
      measure: 'bulk-time',
      change: (v, p) => (p.rateKbit === 10_000 ? v * 1.04 : v),
      claims: ['calibration-bulk-virtual'],
    },
  ];
  for (const { measure, change, claims } of off)
    assert.deepEqual(deviating('virtual', { [measure]: change }), claims);
});

test('probes may wait for each other’s reads of the clock where they meet at the router, and nowhere else', () => {
  const usual = { cs1Ms: 10, cs2Ms: 20, ssMs: 30, tickMs: 13, pairs: 3 };
  const meets = (other: object): boolean => meetingMs({ ...usual, ...other }) > 0;
  assert.equal(meets({}), false);
  assert.equal(meets({ tickMs: 7 }), false);
  for (const other of [{ tickMs: 10 }, { tickMs: 40 }, { cs2Ms: 23 }, { cs1Ms: 10.004, tickMs: 5 }])
    assert.equal(meets(other), true, JSON.stringify(other));
  // Pairs that are not probed do not meet, and there are fewer reads to wait for.
  assert.equal(meets({ cs2Ms: 23, pairs: 1 }), false);
  assert.deepEqual(
    [1, 2, 3].map((pairs) => 1e6 * meetingMs({ ...usual, tickMs: 10, pairs })),
    [1024, 2048, 3072],
  );
});

test('a path that feels another’s latency fails its claim of independence', () => {
  const leaking: Change = (value, p) => value + 0.002 * p.ssMs!;
  const failed = deviating('virtual', { 'delay-client-node1': leaking });
  assert.ok(failed.includes('calibration-independent-client-node1:ssMs'), failed.join());
  assert.ok(!failed.includes('calibration-independent-client-node1:cs1Ms'), failed.join());
});

test('claims of the wall clock fail too, at tolerances of their own', () => {
  const late: Change = (value) => value + 1.1;
  assert.deepEqual(deviating('wall', { 'delay-node2-node1': late }), ['calibration-delay-node2-node1-wall']);
  assert.deepEqual(deviating('wall', { 'delay-node2-node1': (value) => value + 0.5 }), []);
  const slow: Change = (value) => value * 0.94;
  assert.deepEqual(deviating('wall', { 'rate-node1': slow }), ['calibration-rate-node1-wall']);
  assert.deepEqual(deviating('wall', { 'bulk-time': (value) => value * 1.11 }), ['calibration-bulk-wall']);
  assert.deepEqual(deviating('wall', { 'delay-sd': (value) => value + 1.2 }), ['calibration-delay-sd-wall']);
  assert.deepEqual(deviating('wall', { 'delay-min': (value) => value - 1.2 }), [
    'calibration-delay-min-wall',
  ]);
});

test('true binomial counts are inside the joint 99 % interval in about 99 % of runs', () => {
  const random = keyedRandom('binomial');
  const runs = 60;
  let failed = 0;
  for (let run = 0; run < runs; run++) {
    const draw: Change = (pct, p) => {
      let lost = 0;
      for (let packet = 0; packet < p.packets!; packet++) if (random() < pct / 100) lost++;
      return (100 * lost) / p.packets!;
    };
    if (deviating('virtual', { 'loss-client-node1': draw }).length > 0) failed++;
  }
  // Binomial(60, 0.01): more than 4 has a probability below 0.0005.
  assert.ok(failed <= 4, `${failed} of ${runs} runs`);
});
