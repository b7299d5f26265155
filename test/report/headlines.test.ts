import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captionOf, headlineOf } from '../../analysis/report/findings.ts';
import { loadExperiments } from '../../analysis/report/load.ts';
import { experiments } from '../../experiments/index.ts';

const published = await loadExperiments(new URL('../../results/quick/', import.meta.url).pathname);

test('above every drawing of the published run stands what was found, not what its axes are, and no title stands above two', () => {
  for (const experiment of published) {
    const titles = experiment.drawings.map(({ id }) => {
      const title = headlineOf(experiment, id);
      assert.notEqual(title, captionOf(experiment, id), `${experiment.id}: ${id}`);
      return title;
    });
    const others = titles.filter((title, index) => titles.indexOf(title) !== index);
    assert.deepEqual(others, [], experiment.id);
  }
});

test('a drawing’s finding is a claim of its experiment', () => {
  for (const { id, plots, claims } of experiments)
    for (const plot of plots)
      if (plot.finding !== undefined)
        assert.ok(
          claims.some((claim) => claim.id === plot.finding),
          `${id}: ${plot.id}`,
        );
});

test('a share has no unit', () => {
  const rows = published.flatMap(({ claims }) => claims).filter(({ id }) => id.startsWith('table1-share'));
  assert.ok(rows.length > 0);
  assert.deepEqual(
    rows.filter(({ unit }) => unit !== ''),
    [],
  );
});
