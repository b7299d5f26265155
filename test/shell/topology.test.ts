import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { topologies } from '../../topologies/index.ts';

const program = fileURLToPath(new URL('../../bin/handoff-lab', import.meta.url));

function topology(...words: string[]) {
  return spawnSync(program, ['topology', ...words], { encoding: 'utf8', timeout: 60_000 });
}

test('list names every network with its parameters', () => {
  const { status, stdout } = topology('list');
  assert.equal(status, 0);
  for (const { name, defaults } of Object.values(topologies)) {
    assert.match(stdout, new RegExp(`^${name}: `, 'm'));
    for (const [parameter, value] of Object.entries(defaults))
      assert.ok(stdout.includes(`${parameter}=${value}`));
  }
});

test('show draws the network as it was set, as text or SVG, to standard output or a file', async () => {
  const text = topology('show', 'fig9', '--set', 'cs1Ms=40', '--set', 'rateKbit=2000');
  assert.equal(text.status, 0);
  assert.match(text.stdout, /from S1 +40 ms/);
  assert.match(text.stdout, /2000 kbit\/s/);
  const folder = await mkdtemp(join(tmpdir(), 'topology-test-'));
  try {
    const file = join(folder, 'fig9.svg');
    const { status, stdout } = topology('show', 'fig9', '--format', 'svg', '--out', file);
    assert.deepEqual([status, stdout], [0, '']);
    assert.match(await readFile(file, 'utf8'), /^<svg [\s\S]*node2[\s\S]*<\/svg>\n$/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('mininet prints a Python script of the same network', () => {
  const { status, stdout } = topology('mininet', 'pair', '--set', 'delayMs=30');
  assert.equal(status, 0);
  assert.match(stdout, /^#!\/usr\/bin\/python3/);
  assert.match(stdout, /netem limit 10000 delay 30ms/);
  const compiled = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
    input: stdout,
  });
  assert.equal(compiled.status, 0, String(compiled.stderr));
});

test('bad names and values end with status 2, field, value and remedy', () => {
  const cases: [string[], RegExp][] = [
    [['show', 'nope'], /name is "nope": there is no such topology: name one of fig9, pair/],
    [['mininet', 'nope'], /there is no such topology/],
    [['show', 'fig9', '--set', 'colour=3'], /colour is 3: no such parameter: set one of cs1Ms/],
    [['show', 'fig9', '--set', 'cs1Ms'], /--set: 'cs1Ms' is not name=value/],
    [['show', 'fig9', '--set', 'cs1Ms=1,2'], /cs1Ms: '1,2' is not a number/],
    [['show', 'fig9', '--set', 'cs1Ms=1', '--set', 'cs1Ms=2'], /sets the same name twice/],
    [['show', 'fig9', '--set', 'cs1Ms=-1'], /delayMs is -1: must be/],
    [['show', 'fig9', '--out', '/nowhere/x'], /--out: '\/nowhere\/x' cannot be written/],
    [['show', 'fig9', '--format', 'png'], /--format: 'png' is unknown; use one of: text, svg/],
    [['paint', 'fig9'], /unknown command/],
  ];
  for (const [words, message] of cases) {
    const { status, stderr } = topology(...words);
    assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
});
