import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { experiments } from '../../experiments/index.ts';
import { claimsPage } from '../../scripts/claims-page.ts';
import { paperStatements } from '../../scripts/paper-statements.ts';

test('docs/claims.md has every claim as the experiments have it', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/claims.md'), 'utf8');
  assert.equal(page, claimsPage(), 'make docs-claims');
});

test('each claim of the paper names its section and why it tolerates what it tolerates', () => {
  const bare = experiments
    .flatMap(({ claims }) => claims)
    .filter(({ about, section, toleranceReason }) => about === 'paper' && (!section || !toleranceReason))
    .map(({ id }) => id);
  assert.deepEqual(bare, []);
});

const claims = experiments.flatMap((experiment) => experiment.claims);

test('every statement of §6 is judged by claims that there are, one of them the paper’s, or it is said why not', () => {
  const about = new Map(claims.map(({ id, about }) => [id, about]));
  for (const { says, claims: judged = [], otherwise } of paperStatements) {
    for (const id of judged) assert.ok(about.has(id), `${says}: there is no claim ${id}`);
    assert.equal(judged.length > 0, otherwise === undefined, says);
    if (judged.length > 0)
      assert.ok(
        judged.some((id) => about.get(id) === 'paper'),
        says,
      );
  }
});

test('every claim of §6 that is called the paper’s judges a statement of it', () => {
  const judged = new Set(paperStatements.flatMap(({ claims: ids = [] }) => ids));
  const alone = claims.filter(
    ({ id, about, section }) => about === 'paper' && section?.startsWith('§6') === true && !judged.has(id),
  );
  assert.deepEqual(
    alone.map(({ id }) => id),
    [],
  );
});

test('what the list of statements says of a number is what its claim expects', () => {
  // Each cell of Table 1, from the list and from the experiment, which are two copies of the printed page.
  let cells = 0;
  for (const { says, claims: [id = ''] = [] } of paperStatements) {
    const [, value] = /^Table 1: .* takes ([\d.]+) ms at/.exec(says) ?? [];
    if (value === undefined) continue;
    const claim = claims.find((one) => one.id === id);
    assert.ok(claim?.statement.includes(` ${value} ms `), `${says}: ${claim?.statement}`);
    cells += 1;
  }
  assert.equal(cells, 32);
});
