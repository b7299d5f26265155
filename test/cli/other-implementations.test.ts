import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readSamples } from '../../analysis/csv.ts';
import { tsharkFields } from '../support/capture-tshark.ts';
import { otherPrograms } from '../support/other-programs.ts';
import { runCli } from '../support/run-cli.ts';

const FILES = ['correspondent_node.py', 'mip6.py', 'router_advertisements.py'];
/** Our own home agent, as a stranger would be started that takes all that is offered. */
const HOME_AGENT =
  'exec /run/lab/node /run/lab/nodes/home-agent.cjs --node {node} --config {config} --events {events} --ready {ready}';

let programs: Awaited<ReturnType<typeof otherPrograms>>;
let folder: string;
before(async () => {
  programs = await otherPrograms(...FILES);
  folder = programs.path;
});
after(() => programs[Symbol.asyncDispose]());

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

test('a replacement that opens no Mobility Header socket ends the run; what it left is kept, and the message names it', async () => {
  const command =
    'echo no such stack at {interface}, $HANDOFF_LAB_INTERFACE; ping -c 1 2001:db8:c::1; sleep 3600';
  const { status, stderr } = await fig12(
    ...['--variant', 'drain', '--replace', `correspondent-node=${command}`],
  );
  assert.equal(status, 3);
  const printed = 'no such stack at client-eth0, client-eth0';
  assert.ok(
    stderr.includes(
      `correspondent-node opened no socket for Mobility Headers in 60 s; its output: ${printed}`,
    ),
    stderr,
  );
  const [, kept = ''] = /kept: (\S+) /.exec(stderr) ?? [];
  assert.ok(kept.startsWith(join(folder, 'out', 'fig12', 'failed')), stderr);
  assert.match(await readFile(join(kept, 'correspondent-node.log'), 'utf8'), new RegExp(printed));
  assert.match(await readFile(join(kept, 'console.txt'), 'utf8'), /opened no socket/);
  assert.equal(await readFile(join(kept, 'events.jsonl'), 'utf8'), '');
  assert.equal(JSON.parse(await readFile(join(kept, 'cell.json'), 'utf8')).experiment, 'fig12');
  const pings = tsharkFields(join(kept, 'router.pcap'), ['ipv6.src'], '-Y', 'icmpv6.type == 128');
  assert.deepEqual(pings, [['2001:db8:c::2']]);
  // No cell: nothing of it is in the way of the next run, which removes it.
  const good = await fig12('--variant', 'drain');
  assert.equal(good.status, 0, good.stderr);
  await assert.rejects(readFile(join(kept, 'console.txt')));
});

test('a home agent that sends Router Advertisements: a link-local address on the home link, an ip6tnl0, its interface by name', async () => {
  const command = `/usr/bin/python3 ${join(folder, 'router_advertisements.py')} {interface} && ${HOME_AGENT}`;
  const { status, stderr } = await fig12('--variant', 'drain', '--replace', `ha1=${command}`);
  assert.equal(status, 0, stderr);
  const results = join(folder, 'out', 'fig12');
  const { cells } = JSON.parse(await readFile(join(results, 'manifest.json'), 'utf8'));
  const log = await readFile(join(results, 'cells', cells[0].cell, 'ha1.log'), 'utf8');
  assert.match(log, /ha1-eth1: Router Advertisement from fe80::[0-9a-f:]+, ip6tnl0 answers/);
});
