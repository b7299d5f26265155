import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const EXAMPLES = ['correspondent-node', 'home-agent', 'member', 'name-server'];

for (const name of EXAMPLES) {
  test(`${name} --help names every option`, () => {
    const { status, stdout } = run(name, ['--help']);
    assert.equal(status, 0);
    for (const option of ['--config', '--node', '--events', '--ready', '--state', '--check'])
      assert.match(stdout, new RegExp(option));
  });
}

for (const name of EXAMPLES) {
  test(`${name}: the example configuration is good, but for its keys, which everybody knows`, () => {
    const words = ['--check', '--config', path(`${name}/example.json`)];
    const lab = run(name, words, { HANDOFF_LAB: '1' });
    assert.deepEqual([lab.status, lab.stderr], [0, '']);
    assert.match(lab.stdout, /is a valid configuration/);
    const { status, stderr } = run(name, words);
    const lines = stderr.trim().split('\n').slice(1);
    // A correspondent node has none.
    assert.equal(status, name === 'correspondent-node' ? 0 : 2, stderr);
    assert.equal(lines.length, { member: 9, 'home-agent': 8, 'name-server': 1 }[name] ?? 0, stderr);
    for (const line of lines) assert.match(line, /Key: '[0-9a-f]{4}…' is a placeholder, as in the examples/);
  });
}

test('an option that is unknown, or has no value, ends a daemon with status 2 and its name', () => {
  for (const [words, told] of [
    [['--confg', 'x.json'], /^home-agent: Unknown option '--confg': see --help\n$/],
    [['--config'], /^home-agent: Option '--config <value>' argument missing: see --help\n$/],
    [['x.json'], /^home-agent: Unexpected argument 'x\.json'/],
  ] as const) {
    const { status, stderr } = run('home-agent', words);
    assert.equal(status, 2);
    assert.match(stderr, told);
  }
});

test('a wrong configuration ends a daemon with status 2 and the name of the field', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-config-'));
  try {
    const file = join(folder, 'wrong.json');
    await writeFile(file, JSON.stringify({ capacity: 'many' }));
    const { status, stderr } = run('correspondent-node', ['--config', file, '--check']);
    assert.equal(status, 2);
    assert.match(stderr, /capacity/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

function run(name: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [path(`${name}/${name}-daemon.ts`), ...words], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, ...environment },
  });
}

function path(name: string): string {
  return fileURLToPath(new URL(`../../nodes/${name}`, import.meta.url));
}
