import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { documentPart } from '../../applications/document.ts';
import { memberMs, runSurvival, type SurvivalLab, told } from '../support/survival-lab.ts';
import { TakeoverCapture } from '../support/takeover-capture.ts';
import { contactAddress, type TakeoverRun } from '../support/takeover-lab.ts';

const octets = 1_000_000;
/** Text, which a file of the lab can be. */
const document = Buffer.from(documentPart(0, octets)).toString('base64').slice(0, octets);
const expected = createHash('sha256').update(document).digest('hex');

/** Seconds from the first octet of an upload on; it takes some four, as what the client sends goes to the backup on 2 Mbit/s. */
const instants =
  process.env.HANDOFF_LAB_LONG === '1'
    ? Array.from({ length: 27 }, (_, index) => Number((0.02 + 0.19 * index).toFixed(2)))
    : [0.3, 2.1, 4.2];

/** An upload, `PUT` one second behind its connection, and what happens to the members from then on. */
function upload(faults: string, options: Omit<SurvivalLab, 'body'> = {}): Promise<TakeoverRun> {
  return runSurvival({
    application: { kind: 'upload', checkpointBytes: 65_536, input: 'gated' },
    files: { document },
    ...options,
    body: `
      sleep 1
      on client1 bash -c 'exec 3<>/dev/tcp/${contactAddress}/8080; sleep 1; { echo PUT ${octets}; cat /run/job/document; } >&3; timeout 100 head -n 1 <&3' >/run/job/answer 2>&1 &
      client=$!
      sleep 1
      mark death
      ${faults}
      wait $client
      sleep 1`,
  });
}

/** The client has been answered with the digest of what it sent, and no reset; and who has said so. */
async function isWhole(run: TakeoverRun): Promise<readonly string[]> {
  assert.equal(run.status, 0, run.console);
  assert.equal((await readFile(join(run.folder, 'answer'), 'utf8')).trim(), expected);
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('death')!);
  assert.deepEqual(seen.resets(contactAddress), []);
  const members = ['node1', 'node2', 'node3'];
  const taken = await Promise.all(members.map((name) => told(run, [name], 'upload-taken')));
  for (const { octets: many, sha256 } of taken.flat()) assert.deepEqual([many, sha256], [octets, expected]);
  return members.filter((_, index) => taken[index]!.length > 0);
}

for (const instant of instants)
  test(`kill -9 of the member that takes an upload, ${instant} s into it: all octets are at the application of the other one`, {
    timeout: 400_000,
  }, async () => {
    await using run = await upload(`sleep ${instant}; crash node1`);
    const by = await isWhole(run);
    const [survives] = await told(run, ['node2', 'node3'], 'client-survives');
    // Unless it had been answered by then.
    if (survives === undefined) assert.deepEqual(by, ['node1']);
    else assert.ok(by.includes('node2') || by.includes('node3'));
  });

test('with 2 % loss, too', { timeout: 400_000 }, async () => {
  await using run = await upload('sleep 2; crash node1', { lossPct: 2 });
  assert.deepEqual(await isWhole(run), ['node2']);
});

test('the member that takes an upload is cut off for two seconds: the backup has it, and the first one never again', {
  timeout: 400_000,
}, async () => {
  await using run = await upload('sleep 1.5; cut node1; sleep 2; heal node1; sleep 6');
  assert.deepEqual(await isWhole(run), ['node2']);
  assert.equal((await told(run, ['node1'], 'client-taken-over')).length, 1);
});

test('a backup that dies in the middle of an upload takes nothing with it, and nor does its holder behind it', {
  timeout: 400_000,
}, async () => {
  await using run = await upload('sleep 1; crash node2; sleep 1.5; crash node1');
  assert.deepEqual(await isWhole(run), ['node3']);
});

test('a member that ends in order in the middle of a gated upload loses nothing of it, nor does the next one that is killed', {
  timeout: 400_000,
}, async () => {
  await using run = await upload('sleep 1; finish node1; sleep 1; crash node2');
  const by = await isWhole(run);
  assert.ok(!by.includes('node1'), by.join());
});

/** ms that a client waits for the answer to a short upload in one segment. */
async function answerMs(input: string): Promise<number> {
  await using run = await runSurvival({
    application: { kind: 'upload', checkpointBytes: 65_536, input },
    // bash would write it a line at a time.
    files: { short: 'PUT 1\nx' },
    body: `
      sleep 1
      on client1 bash -c 'exec 3<>/dev/tcp/${contactAddress}/8080; sleep 2; t=$EPOCHREALTIME; cat /run/job/short >&3; head -n 1 <&3 >/dev/null; echo $t $EPOCHREALTIME' >/run/job/times
      sleep 1`,
  });
  assert.equal(run.status, 0, run.console);
  const [before, after] = (await readFile(join(run.folder, 'times'), 'utf8')).split(' ').map(Number);
  return (after! - before!) * 1000;
}

test('what a gate costs is a round trip between two members, 2·L_SS', { timeout: 400_000 }, async () => {
  const cost = (await answerMs('gated')) - (await answerMs('unprotected'));
  assert.ok(Math.abs(cost - 2 * memberMs) < 1, `${cost} ms`);
});

test('a client that has had the end from the member that dies is not told another one, and what it sends on is read', {
  timeout: 400_000,
}, async () => {
  await using run = await runSurvival({
    application: { kind: 'module', file: '/run/lab/nodes/early-end.cjs' },
    programs: { 'early-end': fileURLToPath(new URL('guest/early-end.ts', import.meta.url)) },
    body: `
      sleep 1
      on client1 bash -c 'exec 3<>/dev/tcp/${contactAddress}/8080; sleep 2; echo hello >&3; cat <&3; sleep 2; echo more >&3' >/run/job/answer &
      client=$!
      sleep 3
      mark death
      crash node1
      wait $client
      sleep 5`,
  });
  assert.equal(run.status, 0, run.console);
  assert.equal(await readFile(join(run.folder, 'answer'), 'utf8'), 'answer\n');
  const [survives] = await told(run, ['node2'], 'client-survives');
  assert.equal(survives?.sent, 'answer\n'.length + 1);
  const [read] = await told(run, ['node2'], 'early-end-read');
  assert.equal(read?.text, 'hello\nmore\n');
  const seen = new TakeoverCapture(join(run.folder, 'capture.pcap'), run.marks.get('death')!);
  const ends = seen
    .ends(contactAddress)
    .flatMap(({ packet: { upper } }) => (upper.kind === 'tcp' ? upper.sequence + upper.payloadLength : []));
  assert.equal(new Set(ends).size, 1, ends.join());
  assert.deepEqual(seen.resets(contactAddress), []);
});
