import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'bin/handoff-lab');

function run(...words: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(program, words, { cwd: root, encoding: 'utf8', timeout: 60_000 });
}

test('bad input ends with status 2 and names field, value and remedy', () => {
  const cases: [string[], RegExp][] = [
    [['run', 'fig12', '--set', 'csMs=-3'], /csMs: '-3' is out of bounds; give a number from 0/],
    [['run', 'fig12', '--set', 'colour=3'], /'colour' is no parameter of fig12; use one of: csMs/],
    [
      ['run', 'fig12', '--set', 'jitterMs=500', '--set', 'csMs=20', '--profile', 'smoke'],
      /jitterMs: '500' is more than csMs \(20\): no packet is early; give at most 20, or a greater csMs/,
    ],
    [['run', 'fig99'], /experiment: 'fig99' is unknown; use one of: .*fig12/],
    [['run', 'fig12', '--variant', 'fastest'], /'fastest' is unknown; use one of: baseline/],
    [
      ['run', 'fig12', '--seed', '99999999999999999999'],
      /--seed: '9{20}' is out of bounds; give a whole number from 0 to 9,007,199,254,740,991/,
    ],
    [
      ['run', 'fig12', '--seed', 'x'],
      /^handoff-lab: --seed: 'x' is no whole number; give a whole number from 0 on\n$/,
    ],
    [
      ['run', 'fig12', '--repetitions', '100000000'],
      /--repetitions: '100000000' is out of bounds; give a whole number from 1 to 10,000/,
    ],
    [
      ['run', 'fig12', '--set', 'csMs=0..9999:1', '--set', 'ssMs=0..1999:1'],
      /--set: 'csMs ssMs' makes 40000000 cells of fig12; stay at or below 10000/,
    ],
    [
      ['run', './examples/near-acceptor.ts', 'examples/near-acceptor.ts'],
      /'examples\/near-acceptor.ts' has the id near-acceptor, as another of this run; name each file once/,
    ],
    [['run', 'fig12', '--out', ''], /--out: '' is no name; name a folder/],
    [['run', 'access', '--variant', 'drain'], /--variant: 'drain' has no meaning: access runs no handoff/],
    [
      ['run', 'fig12', '--profile', 'huge'],
      /^handoff-lab: --profile: 'huge' is unknown; use one of: smoke, quick, paper\n$/,
    ],
    [['run', 'fig12', '--colour'], /^handoff-lab: unknown option: '--colour'; did you mean --clock\?\n$/],
    [['rum'], /^handoff-lab: unknown command: 'rum'; did you mean run\?\n$/],
    [['run'], /^handoff-lab: experiments is missing; see handoff-lab COMMAND --help\n$/],
    [
      ['run', 'fig12', '--clock', 'sun'],
      /^handoff-lab: --clock: 'sun' is unknown; use one of: virtual, elastic, wall\n$/,
    ],
    [['run', 'fig12', '--quiet', '--json'], /^handoff-lab: .*--json.*--quiet/],
    [['list', 'fig99'], /experiment: 'fig99' is unknown; use one of: /],
    [['completion', 'fish'], /'fish'.*bash, zsh/],
  ];
  for (const [words, message] of cases) {
    const { status, stderr } = run(...words);
    assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
});

test('list names experiments, variants and profiles', () => {
  const { status, stdout } = run('list');
  assert.equal(status, 0);
  for (const word of ['fig12', 'drain+advance-rr', 'baseline', 'smoke', 'paper'])
    assert.ok(stdout.includes(word), word);
});

test('list says of each parameter what it means, its unit, bounds and default, and what the profiles vary; for programs too', () => {
  const { stdout } = run('list');
  const lines = stdout.split('\n');
  const codes = lines.find((line) => line.includes('--set ending='))!;
  assert.match(
    codes,
    /ending=0 +0 … 2, whole +how .* 0 its process is killed, 1 its network is cut, 2 it leaves/,
  );
  const start = lines.findIndex((line) => line.startsWith('experiment fig12'));
  const latency = lines.slice(start).find((line) => line.includes('--set csMs='))!;
  assert.match(
    latency,
    /csMs=40 +ms +0 … 10,000 +one-way latency .* \[smoke 10,40,80; .*paper 10\.\.80:10\]/,
  );
  const { experiments } = JSON.parse(run('list', '--json').stdout);
  const fig12 = experiments.find(({ id }: { id: string }) => id === 'fig12');
  const named = new Map<string, unknown>(fig12.parameters.map((one: { name: string }) => [one.name, one]));
  assert.deepEqual(named.get('lossPct'), {
    ...{ name: 'lossPct', description: 'packet loss between sites', unit: '%' },
    ...{ default: 0, min: 0, max: 10, integer: false, profiles: {} },
  });
  for (const { id, parameters } of experiments)
    for (const { name, description } of parameters) assert.ok(description.length > 0, `${id} ${name}`);
});

test('run has the profile quick unless told otherwise', () => {
  const { status, stdout } = run('run', '--help');
  assert.equal(status, 0);
  assert.match(
    stdout.replaceAll(/\s+/g, ' '),
    /how much of the grid \(choices: "smoke", "quick", "paper", default: "quick"\)/,
  );
});

test('--version is the package’s', async () => {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.equal(run('--version').stdout, `${version}\n`);
});

test('list EXPERIMENT tells that one alone, with its question and variants', () => {
  const { stdout } = run('list', 'fig12');
  assert.match(stdout, /^experiment fig12: /m);
  assert.match(stdout, /^ {2}variants: .*drain\+advance-rr/m);
  assert.ok(!/experiment (table1|access)|^variant |^profiles/m.test(stdout));
  const { experiments } = JSON.parse(run('list', '--json', 'fig12', 'access').stdout);
  assert.deepEqual(
    experiments.map(({ id }: { readonly id: string }) => id),
    ['fig12', 'access'],
  );
});

test('an option that takes one value is refused when it is given twice, of every command; what is a list is collected', () => {
  const twice = run('run', 'fig12', '--out', '/tmp/a', '--out=/tmp/b');
  assert.equal(twice.status, 2);
  assert.match(twice.stderr, /--out: '\/tmp\/b' is given besides '\/tmp\/a'; give one of the two/);
  const lists = run(
    'run',
    'fig12',
    '--clock',
    'virtual',
    '--clock',
    'elastic',
    '--set',
    'csMs=1',
    '--set',
    'no=1',
  );
  assert.equal(lists.status, 2);
  assert.match(lists.stderr, /--set: 'no' is no parameter/);
});
