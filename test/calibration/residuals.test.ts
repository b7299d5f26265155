import assert from 'node:assert/strict';
import { test } from 'node:test';
import { familyOf } from '../../analysis/measures/measure-registry.ts';
import { figure } from '../../analysis/plots/figure.ts';
import { renderSvg } from '../../analysis/plots/render.ts';
import { summarize } from '../../analysis/statistics.ts';
import calibration from '../../experiments/calibration.ts';
import type { Plot } from '../../experiments/experiment.ts';
import { experiments } from '../../experiments/index.ts';
import { cellsOf } from '../../runner/cells.ts';

const selection = { profile: 'smoke', settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;
const plotCalled = (id: string): Plot => calibration.plots.find((plot) => plot.id === id)!;

/** Summaries of a run in which one measure has this value everywhere. */
function runWith(measure: string, value: number) {
  return summarize(
    cellsOf(calibration, selection).map(({ id, parameters, variant, clock, seed }) => {
      const base = { experiment: 'calibration', cell: id, parameters, variant, clock, seed, repetition: 0 };
      return { ...base, measure, unit: '', value, outcome: 'succeeded' as const, reason: '' };
    }),
  );
}

function rowsOf(plot: Plot, measure: string, value: number): readonly Record<string, unknown>[] {
  const spec: unknown = figure(plot, calibration, runWith(measure, value));
  return (spec as { data: { values: Record<string, unknown>[] } }).data.values;
}

test('a residual is the measured less what the claim expects, over what the claim tolerates', () => {
  const rows = rowsOf(plotCalled('calibration-delay-virtual'), 'delay-client-node1', 10.0004);
  const at = (kind: string, x: number) => rows.filter((row) => row.kind === kind && row.x === x);
  assert.deepEqual(at('measured', 10), [{ kind: 'measured', line: 'client → node1', x: 10, y: 0.4 }]);
  assert.deepEqual(at('allowed', 10), [{ kind: 'allowed', line: 'client → node1', x: 10, low: -1, high: 1 }]);
  assert.deepEqual(at('measured', 50), [{ kind: 'measured', line: 'client → node1', x: 50, y: -39_999.6 }]);
});

test('a residual of a rate is in percent, of a loss in points within its binomial interval', () => {
  const rates = rowsOf(plotCalled('calibration-rate'), 'rate-node1', 1900);
  assert.ok(rates.some((row) => row.x === 2000 && row.y === -5));
  const losses = rowsOf(plotCalled('calibration-loss'), 'loss-node1-client', 1.2);
  assert.deepEqual(losses, [
    { kind: 'measured', line: 'node1 → client', x: 1, y: 0.2 },
    { kind: 'allowed', line: 'node1 → client', x: 1, low: -0.34, high: 0.38 },
  ]);
});

test('a run without what a plot shows draws nothing; one with it draws', async () => {
  const plot = plotCalled('calibration-bulk');
  assert.equal(figure(plot, calibration, runWith('delay-min', 5)), undefined);
  const svg = await renderSvg(figure(plot, calibration, runWith('bulk-time', 4281))!);
  assert.match(svg, /L_CS1 = 10 ms/);
});

test('every measure of every experiment has a family that reads it, and no two families share a name', () => {
  for (const { id, measures } of experiments) {
    for (const { name } of measures) assert.ok(familyOf(name)?.measures.includes(name), `${id}: ${name}`);
  }
  const known = experiments.flatMap(({ measures }) => measures.map(({ name }) => familyOf(name)));
  const names = [...new Set(known)].flatMap((family) => family?.measures ?? []);
  assert.equal(new Set(names).size, names.length);
});
