import assert from 'node:assert/strict';
import { chmod, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSamples } from '../../analysis/csv.ts';
import { runCli } from '../support/run-cli.ts';

const FILES = ['correspondent_node.py', 'mip6.py'];
/** Our own home agent, as a stranger would be started that takes all that is offered. */
const HOME_AGENT =
  'exec /run/lab/node /run/lab/nodes/home-agent.cjs --node {node} --config {config} --events {events} --ready {ready}';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'handoff-lab-other-'));
  await chmod(folder, 0o755);
  for (const name of FILES)
    await cp(fileURLToPath(new URL(`../mip6-lab/guest/${name}`, import.meta.url)), join(folder, name));
});
after(() => rm(folder, { recursive: true }));

function fig12(...words: readonly string[]) {
  const out = ['--out', join(folder, 'out'), '--seed', '3', '--repetitions', '1'];
  return runCli([
    'run',
    'fig12',
    '--profile',
    'smoke',
    '--set',
    'csMs=40',
    '--set',
    'ssMs=20',
    ...out,
    ...words,
  ]);
}

test('--replace: another correspondent node, started as it is, serves the handoffs of Fig. 12', async () => {
  const command = `/usr/bin/python3 ${join(folder, 'correspondent_node.py')}`;
  const words = ['--replace', `correspondent-node=${command}`, '--replace', `ha1=${HOME_AGENT}`];
  const { status, stdout, stderr } = await fig12(...words);
  assert.equal(status, 0, stderr + stdout);
  const results = join(folder, 'out', 'fig12');
  const gaps = (await readSamples(results)).filter(({ measure }) => measure === 'handoff-gap');
  assert.deepEqual(
    gaps.map(({ variant, outcome, value = 0 }) => [variant, outcome, Math.round(value)]),
    [
      ['drain', 'succeeded', 300],
      ['drain+advance-rr', 'succeeded', 180],
    ],
  );
  const manifest = JSON.parse(await readFile(join(results, 'manifest.json'), 'utf8'));
  assert.deepEqual(Object.keys(manifest.otherImplementations.replace), ['correspondent-node', 'ha1']);
  assert.ok(join(folder, 'correspondent_node.py') in manifest.otherImplementations.files);
  const log = join(results, 'cells', manifest.cells[0].cell, 'correspondent-node.log');
  assert.match(await readFile(log, 'utf8'), /"event":"bound"/);
  // The command and its files are conditions of a cell: with them it is taken over, without them it is measured again.
  assert.doesNotMatch((await fig12(...words)).stderr, /measured again/);
  assert.match((await fig12()).stderr, /measured again/);
});

test('--without the correspondent node: handed off through the contact node, every octet intact, and no sample of Fig. 12', async () => {
  const { status } = await fig12('--variant', 'drain', '--without', 'correspondent-node');
  assert.equal(status, 1);
  const results = join(folder, 'out', 'fig12');
  const samples = await readSamples(results);
  assert.ok(samples.length > 0 && samples.every(({ outcome }) => outcome === 'failed'));
  const { cells } = JSON.parse(await readFile(join(results, 'manifest.json'), 'utf8'));
  const text = await readFile(join(results, 'cells', cells[0].cell, 'events.jsonl'), 'utf8');
  const events = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const [finished] = events.filter(({ event }) => event === 'repetition-finished');
  assert.deepEqual([finished.ok, finished.bytes], [true, 1_000_000]);
  const steps = ['connection-forwarded', 'handed-off', 'binding-acknowledged'];
  assert.deepEqual(
    events.filter(({ event }) => steps.includes(event)).map(({ event }) => event),
    ['connection-forwarded', 'handed-off'],
  );
  // At once, by an ICMPv6 error, and not after all retransmissions.
  const [connected] = events.filter(({ event }) => event === 'client-connected');
  const [unsupported] = events.filter(({ event }) => event === 'mobility-unsupported');
  assert.equal(Math.round(Number(BigInt(unsupported.t) - BigInt(connected.t)) / 1e6), 80);
});

test('what cannot be replaced is refused before anything runs, by name', async () => {
  const cases: [string[], RegExp][] = [
    [
      ['--without', 'nobody'],
      /--without: 'nobody' is no daemon .*; use one of: correspondent-node, ha1, ha2/,
    ],
    [['--replace', 'nobody=x'], /--replace: 'nobody' is no daemon .*; use one of: correspondent-node/],
    [['--replace', 'ha1'], /'ha1' is no replacement; give NAME='COMMAND'/],
    [['--replace', 'ha1=/no/such --option'], /'ha1' : there is no \/no\/such/],
    [['--without', 'ha1', '--replace', 'ha1=x'], /'ha1' is left out by --without/],
    [['--replace', 'ha1=x', '--replace', 'ha1=y'], /'ha1' is replaced twice/],
  ];
  for (const [words, message] of cases) {
    const { status, stderr } = await fig12(...words);
    assert.equal(status, 2, `${words.join(' ')}: ${stderr}`);
    assert.match(stderr, message);
  }
});

test('a replacement that opens no Mobility Header socket ends the run and shows what it printed', async () => {
  const { status, stderr } = await fig12(
    ...['--variant', 'drain', '--replace', 'correspondent-node=echo no such stack; sleep 3600'],
  );
  assert.equal(status, 3);
  assert.match(
    stderr,
    /correspondent-node opened no socket for Mobility Headers in 60 s; its output: no such stack/,
  );
});
