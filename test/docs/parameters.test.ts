import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chosenParameters } from '../../experiments/chosen-parameters.ts';
import { handoffParameters } from '../../experiments/handoff.ts';
import { chosen } from '../../experiments/sensitivity/combinations.ts';
import { parametersPage } from '../../scripts/parameters-page.ts';

test('docs/parameters.md has the chosen parameters as the experiments have them, and what the published run says of them', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/parameters.md'), 'utf8');
  assert.equal(page, await parametersPage(page), 'make docs-parameters');
  for (const { name, sensitivity } of chosenParameters) {
    assert.ok(page.includes(`| \`${name}\` |`), name);
    assert.ok(sensitivity.length > 0, name);
  }
});

test('what is varied by sensitivity is in the table, with the default of every handoff experiment', () => {
  for (const name of chosen) {
    const entry = chosenParameters.find((one) => one.name === name);
    const value = handoffParameters[name]?.default?.toLocaleString('en');
    assert.ok(value !== undefined && entry?.value.startsWith(value), name);
  }
});
