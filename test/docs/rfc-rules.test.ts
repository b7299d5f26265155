import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');

interface Rule {
  readonly table: string;
  readonly section: string;
  readonly rule: string;
  readonly where: string;
  readonly tests: string;
}

/** The rows of the tables of docs/mobile-ipv6.md. */
function rules(): Rule[] {
  const chapter = read('docs/mobile-ipv6.md')
    .split('\n## ')
    .find((part) => part.startsWith('The rules, one by one'));
  assert.ok(chapter);
  const [, ...tables] = chapter.split('\n### ');
  return tables.flatMap((part) => {
    const [table = '', ...lines] = part.split('\n');
    return lines
      .filter((line) => line.startsWith('| §'))
      .map((line) => {
        const cells = line.split('|').map((cell) => cell.trim());
        assert.equal(cells.length, 6, line);
        const [, section = '', rule = '', where = '', tests = ''] = cells;
        return { table, section, rule, where, tests };
      });
  });
}

test('the tables of rules cover messages, correspondent node, home agent and mobile node', () => {
  const tables = new Map<string, number>();
  for (const { table } of rules()) tables.set(table, (tables.get(table) ?? 0) + 1);
  assert.deepEqual(
    [...tables.keys()].map((title) => title.replace(/ \(.*/, '')),
    ['Messages, options and tokens', 'Correspondent node', 'Home agent', 'Mobile node'],
  );
  for (const [table, rows] of tables) assert.ok(rows >= 15, `${table}: ${rows} rules`);
});

test('every rule names files that exist, or says why it does not apply', () => {
  for (const { section, rule, where, tests } of rules()) {
    const name = `${section} ${rule}`;
    if (where.startsWith('not applicable: ')) {
      assert.ok(where.length > 'not applicable: '.length && tests === '–', name);
      continue;
    }
    const files = [...where.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
    assert.ok(files.length > 0, name);
    for (const file of files) assert.ok(existsSync(join(root, file)), `${name}: ${file}`);
  }
});

test('every rule that applies names its tests, and each of them stands in its file', () => {
  for (const { section, rule, where, tests } of rules()) {
    if (where.startsWith('not applicable: ')) continue;
    const named = [...tests.matchAll(/`([^`]+)` “([^”]+)”/g)];
    assert.ok(named.length > 0, `${section} ${rule}: no test`);
    assert.equal(tests.split('; `').length, named.length, `${section}: ${tests}`);
    for (const [, file = '', title = ''] of named) {
      const path = `${file}.test.ts`;
      assert.ok(existsSync(join(root, path)), `${section}: ${path}`);
      assert.ok(read(path).includes(title), `${section}: “${title}” is not in ${path}`);
    }
  }
});
