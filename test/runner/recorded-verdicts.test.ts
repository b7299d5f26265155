import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { recordedFile, recordedVerdicts } from '../../analysis/verdicts/recorded.ts';
import { clocks, type ProfileName } from '../../experiments/experiment.ts';
import { profileNames } from '../../experiments/grid.ts';
import { everyExperiment, experiments } from '../../experiments/index.ts';

/** Experiments that the run whose verdicts are recorded was without. */
const unrecorded: Readonly<Partial<Record<ProfileName, readonly string[]>>> = { paper: ['atlas', 'churn'] };

for (const profile of profileNames.filter((name) => existsSync(recordedFile(name)))) {
  test(`what is recorded of profile ${profile} is of experiments and claims that there are, each of them`, () => {
    const recorded = recordedVerdicts(profile);
    const missing = experiments.map(({ id }) => id).filter((id) => !Object.hasOwn(recorded, id));
    assert.deepEqual(missing, unrecorded[profile] ?? []);
    for (const [folder, rows] of Object.entries(recorded)) {
      const [id, clock] = folder.split('@');
      const experiment = everyExperiment.find((one) => one.id === id);
      assert.ok(experiment !== undefined, folder);
      assert.ok(clock === undefined || clocks.some((one) => one === clock), folder);
      const known = new Set(experiment.claims.map((claim) => claim.id));
      const judged = new Set(Object.keys(rows).map((row) => row.replace(/[:@].*$/, '')));
      assert.deepEqual(
        [...judged].filter((claim) => !known.has(claim)),
        [],
        folder,
      );
      assert.deepEqual(
        [...known].filter((claim) => !judged.has(claim)),
        [],
        folder,
      );
    }
  });
}
