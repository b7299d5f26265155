import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { recordedFile, recordedVerdicts } from '../../analysis/verdicts/recorded.ts';
import { clocks } from '../../experiments/experiment.ts';
import { profileNames } from '../../experiments/grid.ts';
import { everyExperiment, experiments } from '../../experiments/index.ts';

for (const profile of profileNames.filter((name) => existsSync(recordedFile(name)))) {
  test(`what is recorded of profile ${profile} is of experiments and claims that there are, each of them`, () => {
    const recorded = recordedVerdicts(profile);
    for (const { id } of experiments) assert.ok(Object.hasOwn(recorded, id), `${id} is not recorded`);
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
