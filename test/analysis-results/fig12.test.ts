import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Parameters, ProfileName } from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { experiments, findExperiment } from '../../experiments/index.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

/** The gap when Prepare leaves `drainMs` and a round trip before Init, and return routability takes its trips from then on. */
const modelWith = (drainMs: number) => (p: Parameters, variant: string) => {
  const late = Math.max(0, 2 * p.ssMs! - drainMs);
  return 0.304 + (variant === 'drain' ? 6 * p.csMs! + 3 * p.ssMs! : 4 * p.csMs! + p.ssMs! + late);
};

function verdicts(profile: ProfileName, drainMs: number): Readonly<Record<string, string>> {
  const run = {
    experiment: fig12,
    profile,
    measure: 'handoff-gap',
    unit: 'ms',
    model: modelWith(drainMs),
    noise: 0.1,
  };
  return Object.fromEntries(judge(fig12, syntheticSamples(run)).map((result) => [result.id, result.verdict]));
}

/** Late from L_SS = 57.5 ms on, as the paper saw it. */
const asPaper = 2 * 57.5;

test('a run that behaves as the paper says reproduces every claim that its profile can judge', () => {
  for (const profile of ['smoke', 'quick'] as const) {
    const {
      'fig12-late-rr:ssMs': late,
      'fig12-late-slope:ssMs': bend,
      ...others
    } = verdicts(profile, asPaper);
    assert.deepEqual(new Set(Object.values(others)), new Set(['reproduced']), profile);
    assert.equal(Object.keys(others).length, 9);
    const expected = profile === 'smoke' ? 'not run' : 'reproduced';
    assert.deepEqual([late, bend], [expected, expected]);
  }
});

test('return routability that is late for less than 60 ms makes the plain formula deviate', () => {
  const result = verdicts('quick', 60);
  assert.equal(result['fig12-advance-rr-cells'], 'deviates');
  assert.equal(result['fig12-advance-rr:ssMs'], 'deviates');
  assert.equal(result['fig12-reduction:ssMs'], 'deviates');
  assert.equal(result['fig12-drain-cells'], 'reproduced');
});

test('return routability that is in time up to 70 ms refines the remark on the steeper slope: it grows so further out', () => {
  const later = verdicts('paper', 2 * 70);
  assert.equal(later['fig12-late-slope:ssMs'], 'refined');
  assert.equal(later['fig12-late-rr:ssMs'], 'reproduced');
  assert.equal(later['fig12-advance-rr-cells'], 'reproduced');
  assert.equal(verdicts('quick', 10_000)['fig12-late-rr:ssMs'], 'deviates');
});

test('the reduction is judged from pairs: one variant alone says nothing of it', () => {
  const run = {
    experiment: fig12,
    profile: 'quick',
    measure: 'handoff-gap',
    unit: 'ms',
    model: modelWith(asPaper),
  } as const;
  const alone = syntheticSamples(run).filter(({ variant }) => variant === 'drain');
  const rows = judge(fig12, alone).filter(({ id }) => id.startsWith('fig12-reduction'));
  assert.deepEqual(
    rows.map(({ verdict }) => verdict),
    ['not run', 'not run', 'not run'],
  );
});

test('other conditions than the paper’s are not run rather than compared', () => {
  const run = {
    experiment: fig12,
    profile: 'smoke' as const,
    measure: 'handoff-gap',
    unit: 'ms',
    model: modelWith(360),
  };
  const lossy = syntheticSamples(run).map((s) => ({ ...s, parameters: { ...s.parameters, lossPct: 1 } }));
  assert.deepEqual(new Set(judge(fig12, lossy).map((result) => result.verdict)), new Set(['not run']));
});

test('every experiment names only measures, parameters and variants that it has, within bounds', () => {
  for (const experiment of experiments) {
    assert.equal(findExperiment(experiment.id), experiment);
    const measures = new Set(experiment.measures.map((measure) => measure.name));
    for (const { measure, where = {} } of [...experiment.claims, ...experiment.plots]) {
      assert.ok(measures.has(measure), measure);
      for (const name of Object.keys(where)) {
        assert.ok(name === 'variant' || name === 'clock' || name in experiment.parameters, name);
      }
    }
    for (const { grid } of Object.values(experiment.profiles)) {
      for (const [name, values] of grid.flatMap((block) => Object.entries(block))) {
        const { min, max } = experiment.parameters[name]!;
        assert.ok(
          values.every((value) => value >= min && value <= max),
          name,
        );
      }
    }
  }
});
