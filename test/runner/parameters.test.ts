import assert from 'node:assert/strict';
import { test } from 'node:test';
import access from '../../experiments/access.ts';
import fig12 from '../../experiments/fig12.ts';
import { cellsOf, deriveSeed } from '../../runner/cells.ts';
import { notSet, variantsFor } from '../../runner/commands/choose-experiments.ts';
import { parseSettings, settingsOf } from '../../runner/parameters.ts';
import { planExperiment } from '../../runner/planned-experiment.ts';
import { UsageError } from '../../runner/usage-error.ts';

test('a value, a list and a range', () => {
  assert.deepEqual(parseSettings(fig12, ['csMs=40']), { csMs: [40] });
  assert.deepEqual(parseSettings(fig12, ['csMs=10,20.5', 'ssMs=0..1:0.25']), {
    csMs: [10, 20.5],
    ssMs: [0, 0.25, 0.5, 0.75, 1],
  });
});

test('bad settings are refused with field, value and remedy', () => {
  const cases: [string, RegExp][] = [
    ['csMs', /name=value/],
    ['latency=3', /is no parameter of fig12; use one of: csMs/],
    ['csMs=-1', /csMs: '-1' is out of bounds; give a number from 0 to 10,000/],
    ['csMs=fast', /csMs: 'fast' is not a number/],
    ['csMs=', /is not a number/],
    ['csMs=1,1', /names a value twice/],
    ['bytes=10.5', /is not whole; give a whole number/],
    ['csMs=5..1:1', /empty range/],
    ['csMs=1..5:0', /empty range/],
    ['csMs=0..10000:0.0001', /has 100000001 values/],
    ['rateKbit=0', /out of bounds/],
    ['csMs=NaN', /is not a number/],
    ['csMs=0x10', /is not a number/],
  ];
  for (const [setting, message] of cases) {
    assert.throws(
      () => parseSettings(fig12, [setting]),
      (error) => error instanceof UsageError && message.test(error.message),
      setting,
    );
  }
});

test('of several experiments each takes the settings that it has a parameter for; one that none has is refused', () => {
  assert.deepEqual(settingsOf([fig12, access], ['csMs=40', 'ssMs=20', 'contactNode=2']), [
    { csMs: [40], ssMs: [20] },
    { ssMs: [20], contactNode: [2] },
  ]);
  assert.throws(() => settingsOf([fig12, access], ['csMs=40', 'colour=1']), {
    name: 'UsageError',
    message: /'colour' is a parameter of none of fig12, access; use one of: .*csMs.*contactNode/,
  });
  assert.throws(() => settingsOf([fig12, access], ['csMs=-1']), /csMs: '-1' is out of bounds/);
  assert.throws(() => settingsOf([fig12, access], ['csMs']), /is not name=value/);
  // One alone must have them all.
  assert.throws(() => settingsOf([access], ['csMs=40']), /'csMs' is no parameter of access/);
});

test('a variant goes to the experiments that run handoffs, if any does', () => {
  assert.deepEqual(variantsFor(fig12, [fig12, access], ['drain']), ['drain']);
  assert.deepEqual(variantsFor(access, [fig12, access], ['drain']), []);
  assert.deepEqual(variantsFor(access, [access], ['drain']), ['drain'], 'to be refused');
});

test('what an experiment was asked to set and cannot is told', async () => {
  const [block] = settingsOf([access, fig12], ['csMs=40']);
  const run = planExperiment(access, { ...selection, settings: block! });
  assert.deepEqual(notSet([run], ['csMs=40', 'ssMs=20']), ['access has no csMs, ssMs: it runs without']);
});

const selection = { profile: 'smoke', settings: {}, variants: [], clock: 'virtual', seed: 1 } as const;

test('the smoke grid of Figure 12 is five latency pairs by two variants', () => {
  const cells = cellsOf(fig12, selection);
  assert.equal(cells.length, 10);
  assert.equal(new Set(cells.map((cell) => cell.id)).size, 10);
});

test('setting grid parameters replaces the grid; others take their defaults', () => {
  const cells = cellsOf(fig12, { ...selection, settings: { csMs: [33] } });
  assert.deepEqual(
    cells.map((cell) => [cell.parameters.csMs, cell.parameters.ssMs]),
    [
      [33, 20],
      [33, 20],
    ],
  );
});

test('a cell’s seed depends on the run’s seed, the experiment and the grid point; the variants of a point share it', () => {
  const seeds = (seed: number) => cellsOf(fig12, { ...selection, seed }).map((cell) => cell.seed);
  assert.deepEqual(seeds(1), seeds(1));
  assert.equal(new Set([...seeds(1), ...seeds(2)]).size, 10);
  for (const cell of cellsOf(fig12, selection)) {
    const { csMs, ssMs } = cell.parameters;
    const others = cellsOf(fig12, selection).filter(
      ({ parameters }) => parameters.csMs === csMs && parameters.ssMs === ssMs,
    );
    assert.deepEqual(
      others.map(({ seed }) => seed),
      [cell.seed, cell.seed],
    );
  }
  const whole = new Map(cellsOf(fig12, selection).map((cell) => [cell.id, cell.seed]));
  const alone = cellsOf(fig12, { ...selection, settings: { csMs: [40], ssMs: [80] } });
  for (const cell of alone) assert.equal(cell.seed, whole.get(cell.id));
  assert.ok(deriveSeed('a', 1) !== deriveSeed('a', 2));
});

test('an unknown variant is refused', () => {
  assert.throws(
    () => cellsOf(fig12, { ...selection, variants: ['fastest'] }),
    /--variant: 'fastest' is unknown/,
  );
});
