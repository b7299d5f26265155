import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/taken-for-granted.md'), 'utf8');

/** What is taken for granted, as a piece of its row, and the test that does it: file, and a piece of its title. */
const held: readonly (readonly [row: string, file: string, title: string])[] = [
  ['a network in a few lines', 'own-experiment/own-parts', 'a network of one’s own with parameters'],
  ['a prompt:', 'shell/shell', 'a script of commands runs in the network that was asked for'],
  ['own servers and clients', 'own-server/serve-lab', 'as the page says'],
  ['a script of the network in Python', 'topologies/mininet', 'it runs in Debian’s Mininet'],
  ['namespaces, NAT, links', 'own-server/changes-lab', 'links change while a repetition runs'],
  ['captures of what passed', 'docs/wireshark', 'line for ESP decrypts'],
  [
    'unmodified programs in simulated time',
    'own-server/serve-lab',
    'a client that leaves while it is handed off',
  ],
  ['the same seed, the same result', 'lab/resume-and-shards', 'one of them on a busy machine'],
  ['time as it passes', 'access/access-lab', 'on the wall clock the same cell runs'],
  ['other implementations', 'cli/other-implementations', '--replace: another correspondent node'],
  ['a matrix of results', 'lab/resume-and-shards', 'merge into the whole run'],
  ['an implementation does not know', 'mip6-lab/other-correspondent-node', 'without any correspondent node'],
  ['a grid of parameters', 'own-experiment/own-experiment-lab', 'the example runs'],
  ['is not measured twice', 'runner/cells', 'a fingerprint changes with everything'],
  ['results as tables', 'own-server/serve-lab', 'an experiment with an application of one’s own'],
  ['measures of one', 'own-server/changes-lab', 'links change while a repetition runs'],
  ['runs spread over machines', 'lab/resume-and-shards', 'merge into the whole run'],
  ['a package manager', 'package/package', 'the command line runs from there'],
];

const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim()),
  )
  .map(([, granted = '', here = '']) => ({ granted, here }));

test('each yes of the page is done by a test, and each no by none', () => {
  for (const { granted, here } of rows) {
    const by = held.filter(([piece]) => granted.includes(piece));
    assert.ok(/^(yes|no|not needed|from a file)\b/.test(here), `${granted}: ${here}`);
    assert.equal(by.length, here.startsWith('no') ? 0 : 1, granted);
  }
  for (const [piece] of held)
    assert.equal(rows.filter(({ granted }) => granted.includes(piece)).length, 1, piece);
});

test('those tests are there', () => {
  for (const [, file, title] of held) {
    const text = readFileSync(join(root, 'test', `${file}.test.ts`), 'utf8');
    const titles = [...text.matchAll(/\btest\(\s*(['"`])((?:(?!\1).)*)\1/g)].map(([, , found]) => found!);
    assert.ok(
      titles.some((found) => found.includes(title)),
      `${file}: ${title}; there are: ${titles.join('; ')}`,
    );
  }
});
