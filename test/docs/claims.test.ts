import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { experiments } from '../../experiments/index.ts';
import { claimsPage } from '../../scripts/claims-page.ts';

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
