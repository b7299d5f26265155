import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withPublishedFigures } from '../../scripts/readme-figures.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

test('README shows the figures of the largest published run', () => {
  assert.equal(readme, withPublishedFigures(readme), 'make docs-readme');
  const paper = withPublishedFigures(readme, () => true);
  for (const id of ['fig12a', 'fig12b'])
    assert.ok(paper.includes(`](results/paper/fig12/plots/${id}.svg)`), id);
  assert.match(paper, /^Profile `paper`, virtual clock/m);
  assert.equal(
    withPublishedFigures(paper, (name) => name === 'quick'),
    withPublishedFigures(readme, (name) => name === 'quick'),
  );
});
