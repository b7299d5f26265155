import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import churn from '../../experiments/churn.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import frontend from '../../experiments/frontend.ts';
import parallel from '../../experiments/parallel.ts';
import takeover from '../../experiments/takeover.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

/** What has to hold where links lose packets too; everything else counts trips or octets. */
const always: readonly (readonly [Experiment, readonly string[]])[] = [
  [
    takeover,
    ['contact-switches', 'esp-reversals', 'update-reversals', 'resets', 'lost-others', 'lost-held'].map(
      (name) => `takeover-${name}`,
    ),
  ],
  [frontend, ['frontend-load-route-optimized-cells']],
  [parallel, ['parallel-members', 'parallel-acceptors', 'parallel-intact']],
  [churn, ['churn-leaves', 'churn-intact', 'churn-only-held', 'churn-all-held']],
];

for (const [experiment, claims] of always) {
  test(`${experiment.id} with loss: what must hold is judged, what holds without loss alone says so`, () => {
    const samples = experiment.measures.flatMap(({ name, unit }) =>
      syntheticSamples({ experiment, profile: 'quick', measure: name, unit, model: () => 1 }).map(
        (sample) => ({ ...sample, parameters: { ...sample.parameters, lossPct: 1 } }),
      ),
    );
    const results = judge(experiment, samples);
    const judged = results.filter(({ verdict }) => verdict !== 'not run').map(({ id }) => id);
    assert.deepEqual(judged.toSorted(), claims.toSorted());
    for (const { id, verdict, reason } of results)
      if (verdict === 'not run') assert.match(reason, /^needs .*lossPct = 0.*; no /, id);
  });

  test(`${experiment.id}: a cell that was run before it had a loss parameter had none`, () => {
    const samples = experiment.measures.flatMap(({ name, unit }) =>
      syntheticSamples({ experiment, profile: 'quick', measure: name, unit, model: () => 1 }).map(
        ({ parameters: { lossPct: _, ...parameters }, ...sample }) => ({ ...sample, parameters }),
      ),
    );
    const open = judge(experiment, samples).filter(({ reason }) => reason.startsWith('needs '));
    assert.deepEqual(open, []);
  });
}
