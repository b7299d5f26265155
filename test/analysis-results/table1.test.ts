import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import type { Clock, Parameters } from '../../experiments/experiment.ts';
import table1 from '../../experiments/table1.ts';
import { table1 as paper, rates, totals } from '../../experiments/table1-paper.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

const stateBytes = 80_000;

/** Phases as the paper tells them, without local work: state and one packet at the shaper, and trips. */
const phases: Readonly<Record<string, (p: Parameters) => number>> = {
  'phase-1': ({ rateKbit }) => 12_112 / rateKbit!,
  'phase-2': ({ rateKbit, ssMs }) => (8.3 * stateBytes) / rateKbit! + ssMs!,
  'phase-3': () => 0.05,
  'phase-4': ({ rateKbit, csMs, cs1Ms = csMs, cs2Ms = csMs, ssMs }) =>
    1500 / rateKbit! + Math.max(2 * ssMs! + 2 * cs1Ms!, 2 * cs2Ms!),
  'phase-5': () => 0.03,
  'phase-6': ({ csMs, cs2Ms = csMs }) => 0.02 + 2 * cs2Ms!,
  'phase-7': () => 0.04,
  'state-bytes': () => stateBytes,
  'phase-disagreement': () => 0.1,
};

function run(changes: typeof phases = {}, clock: Clock = 'virtual'): readonly Sample[] {
  const models = { ...phases, ...changes };
  const sum = (p: Parameters) =>
    [1, 2, 3, 4, 5, 6, 7].reduce((total, phase) => total + models[`phase-${phase}`]!(p), 0);
  return Object.entries({ ...models, 'handoff-total': sum }).flatMap(([measure, model]) =>
    syntheticSamples({ experiment: table1, profile: 'quick', measure, unit: 'ms', model }).map((s) => ({
      ...s,
      clock,
    })),
  );
}

const verdicts = (samples: readonly Sample[]) =>
  new Map(judge(table1, samples).map((result) => [result.id, result.verdict]));

test('the paper’s table is copied right: each column adds up to its total', () => {
  for (const [column, total] of totals.entries()) {
    const sum = paper.reduce((all, row) => all + row.paper[column]!, 0);
    assert.ok(Math.abs(sum - total) < 0.15, `${rates[column]} kbit/s: ${sum} instead of ${total}`);
  }
});

test('a run as the paper tells it reproduces every claim that virtual time can judge', () => {
  const results = verdicts(run());
  // What the text says in 19 numbers, the lab's check of itself, the table's cells and its totals.
  assert.equal(results.size, 19 + 1 + 28 + 4);
  for (const [id, verdict] of results) {
    const local = /^table1-[134567]-at-|^table1-total-at-100000|^table1-extraction-call/.test(id);
    assert.equal(verdict, local ? 'not run' : 'reproduced', id);
  }
});

test('each claim on the phases can fail', () => {
  const failing: readonly (readonly [string, typeof phases])[] = [
    ['table1-phase-2-rate:stateTime', { 'phase-2': ({ rateKbit }) => (10 * stateBytes) / rateKbit! }],
    ['table1-phase-2-rate:intercept', { 'phase-2': (p) => phases['phase-2']!(p) + 5 }],
    ['table1-phase-2-share', { 'phase-3': () => 60 }],
    ['table1-phase-1-shaping:perRate', { 'phase-1': () => 3 }],
    ['table1-phase-4-shaping', { 'phase-4': ({ csMs, ssMs }) => 2 * ssMs! + 2 * csMs! }],
    ['table1-phase-3-constant', { 'phase-3': ({ rateKbit }) => 200 / rateKbit! }],
    ['table1-phase-5-constant', { 'phase-5': ({ rateKbit }) => 200 / rateKbit! }],
    ['table1-phase-6-constant', { 'phase-6': ({ rateKbit }) => 200 / rateKbit! }],
    ['table1-phase-7-constant', { 'phase-7': ({ rateKbit }) => 200 / rateKbit! }],
    ['table1-phase-2-latency:ssMs', { 'phase-2': (p) => phases['phase-2']!(p) + p.ssMs! }],
    ['table1-phase-4-latency:cs1Ms', { 'phase-4': (p) => 2 * p.ssMs! + p.cs1Ms! }],
    ['table1-phase-4-longer-way', { 'phase-4': ({ ssMs, cs1Ms = 0 }) => 2 * ssMs! + 2 * cs1Ms }],
    ['table1-phase-6-latency:cs2Ms', { 'phase-6': ({ cs2Ms = 0 }) => 3 * cs2Ms }],
    ['table1-two-views', { 'phase-disagreement': () => 1.5 }],
    ['table1-2-at-2000', { 'phase-2': ({ rateKbit }) => (9 * stateBytes) / rateKbit! }],
    ['table1-total-at-1000', { 'phase-2': ({ rateKbit }) => (7 * stateBytes) / rateKbit! }],
  ];
  for (const [id, changes] of failing) assert.equal(verdicts(run(changes)).get(id), 'deviates', id);
});

test('local cells are judged with the wall clock, to the order of magnitude', () => {
  const slow = verdicts(run({ 'phase-3': () => 2.1, 'phase-5': () => 0.2 }, 'wall'));
  assert.equal(slow.get('table1-3-at-2000'), 'reproduced');
  assert.equal(slow.get('table1-5-at-2000'), 'deviates');
  assert.equal(slow.get('table1-2-at-2000'), 'not run');
});
