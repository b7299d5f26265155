import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { mutants } from '../mutants/mutants.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('every mutant still has its place in the sources, and tests that need no lab', () => {
  for (const { name, file, from, to, tests } of mutants) {
    assert.equal(read(file).split(from).length, 2, `${name}: ${file} does not have once: ${from}`);
    assert.notEqual(from, to, name);
    assert.ok(tests.length > 0, name);
    for (const one of tests) {
      assert.ok(existsSync(join(root, one)), `${name}: ${one}`);
      assert.doesNotMatch(one, /-lab|test\/lab|guest/, name);
    }
  }
});

test('docs/testing.md lists the mutants', () => {
  const rows = mutants.map(({ name, file }) => `| ${name} | \`${file}\` |`);
  const listed = read('docs/testing.md').split('\n');
  for (const row of rows) assert.ok(listed.includes(row), row);
  assert.equal(
    listed.slice(listed.indexOf('| fault | in |') + 2).filter((line) => line !== '').length,
    rows.length,
  );
});
