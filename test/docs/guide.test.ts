import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** What stands in backticks and has a slash and a suffix in it is a file from the root. */
function filesIn(text: string): readonly string[] {
  return [...text.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|sh|md|json))`/g)].map(([, file = '']) => file);
}

const chapters = (page: string): readonly string[] => read(page).split('\n## ').slice(1);

test('every file that the guide names is there', () => {
  for (const page of ['docs/architecture.md', 'CONTRIBUTING.md']) {
    const named = filesIn(read(page));
    assert.ok(named.length > 5, page);
    for (const file of named) assert.ok(existsSync(join(root, file)), `${page}: ${file}`);
  }
});

test('each walk names five to ten stations, in order, each with a file', () => {
  const walks = chapters('docs/architecture.md').slice(0, 4);
  for (const walk of walks) {
    const stations = walk.split('\n').filter((line) => /^\d+\. /.test(line));
    assert.ok(stations.length >= 5 && stations.length <= 10, walk.split('\n')[0]);
    for (const [place, station] of stations.entries()) {
      assert.ok(station.startsWith(`${place + 1}. `), station);
      assert.ok(filesIn(station).length > 0, station);
    }
  }
});

test('the glossary has each word once, in order, in one line', () => {
  const tables = chapters('docs/glossary.md').map((table) =>
    table
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| word'))
      .map((line) => line.split('|').map((cell) => cell.trim())),
  );
  const words = tables.flat().map(([, word]) => word!);
  assert.ok(words.length > 40, `${words.length} words`);
  assert.equal(new Set(words).size, words.length);
  for (const table of tables) {
    const own = table.map(([, word]) => word!);
    const byName = own.toSorted((left, right) => left.localeCompare(right, 'en', { sensitivity: 'base' }));
    assert.deepEqual(own, byName);
  }
  for (const cells of tables.flat()) assert.equal(cells.length, 4, cells.join('|'));
});

test('every word of the glossary is used: in the sources, or in another document', () => {
  const words = [...read('docs/glossary.md').matchAll(/^\| ([^|]+?) \|/gm)].map(([, word = '']) => word);
  const grep = (word: string): boolean => {
    const pattern = word.split(', ')[0]!.replaceAll(' ', '[ -]?');
    const where = [
      'mip6',
      'server',
      'nodes',
      'applications',
      'analysis',
      'runner',
      'experiments',
      'docs',
      'README.md',
    ];
    try {
      const words = ['grep', '-qiE', pattern, '--', ...where, ':!docs/glossary.md'];
      execFileSync('git', words, { cwd: root });
      return true;
    } catch {
      return false;
    }
  };
  for (const word of words.filter((one) => one !== 'word')) assert.ok(grep(word), `nobody says '${word}'`);
});
