import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { test } from 'node:test';
import { exportedNames } from '../support/exported-names.ts';

const root = resolve(import.meta.dirname, '../..');
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(root, file)));
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const sources = new Map(files.filter((file) => file.endsWith('.ts')).map((file) => [file, read(file)]));
/** What users of the package import; none of ours has to. */
const published = Object.values<Readonly<Record<string, string>>>(JSON.parse(read('package.json')).exports)
  .flatMap((conditions) => conditions['handoff-lab-source'] ?? [])
  .map((file) => file.replace(/^\.\//, ''));
const isTest = (file: string): boolean => file.startsWith('test/');

test('exports and their importers are found in every form', () => {
  const found = exportedNames(
    new Map([
      [
        'a/one.ts',
        "export const used = 1;\nexport type Idle = used;\nexport { other as renamed } from './two.ts';",
      ],
      ['a/two.ts', 'export async function other() {}\nexport interface Spread {}'],
      ['a/three.ts', "import {\n  used,\n  type renamed as here,\n} from './one.ts';"],
    ]),
  );
  assert.deepEqual(
    found.map(({ name, isUsedInside, importers }) => [name, isUsedInside, importers.join()]),
    [
      ['used', true, 'a/three.ts'],
      ['Idle', false, ''],
      ['renamed', false, 'a/three.ts'],
      ['other', false, 'a/one.ts'],
      ['Spread', false, ''],
    ],
  );
});

test('what is exported is imported somewhere, and by more than tests unless its own file needs it, too', () => {
  const idle = exportedNames(sources)
    .filter(({ file }) => !isTest(file) && !published.includes(file))
    .filter(({ importers, isUsedInside }) =>
      importers.every(isTest) ? importers.length === 0 || !isUsedInside : false,
    )
    .map(({ file, name, importers }) =>
      importers.length === 0 ? `${file}: ${name}` : `${file}: ${name}, for ${importers.join()} alone`,
    );
  assert.deepEqual(idle, []);
});

/** A folder's table of what stands in it. */
const everywhere = new Set(['index.ts']);
const MOST_OF_A_NAME = 3;

test('a file’s name says what it is: not more than three sources have the same', () => {
  const count = new Map<string, string[]>();
  for (const file of sources.keys())
    if (!isTest(file)) count.set(basename(file), [...(count.get(basename(file)) ?? []), file]);
  const often = [...count].filter(([name, same]) => same.length > MOST_OF_A_NAME && !everywhere.has(name));
  assert.deepEqual(often, []);
});

/** But for the tab and the end of a line. */
const isControl = (octet: number): boolean =>
  octet === 0x7f || (octet < 0x20 && octet !== 0x09 && octet !== 0x0a);

test('no source holds a raw control octet: it is written as an escape', () => {
  const isText = /\.(?:ts|md|json|sh|py|c|h|patch|cff|txt)$|Makefile$|Containerfile$|^bin\//;
  const found = files
    .filter((file) => isText.test(file) && !file.startsWith('results/'))
    .filter((file) => readFileSync(join(root, file)).some(isControl));
  assert.deepEqual(found, []);
});
