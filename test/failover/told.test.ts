import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CellRecord } from '../../analysis/cell.ts';
import { reading } from '../../analysis/failover/failover-family.ts';
import { readTold } from '../../analysis/failover/told.ts';

type Line = readonly [ms: number, node: string, event: string, fields?: object];

/** What event logs tell with these lines, as many ms behind each other as they say. */
async function toldOf(lines: readonly Line[], repetitions = 1) {
  const folder = await mkdtemp(join(tmpdir(), 'failover-'));
  try {
    const text = lines.map(([ms, node, event, fields]) =>
      JSON.stringify({ t: String(BigInt(ms) * 1_000_000n), node, event, ...fields }),
    );
    await writeFile(join(folder, 'events.jsonl'), `${text.join('\n')}\n`);
    return await readTold(folder, repetitions);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const client = '2001:db8:c::2';
const connected = [100, 'download', 'connected', { repetition: 0, port: 40_000 }] as const;
const end = (ms: number) =>
  [ms, 'conductor', 'step', { action: 'crash', target: 'node1', repetition: 0 }] as const;
const state = (ms: number, kind: string, port = 40_000, node = 'node1') =>
  [ms, node, `connection-${kind}`, { client, port, reason: 'a reason' }] as const;

test('a connection is protected at the end of its member by that member’s last word before it', async () => {
  const at = async (...lines: Parameters<typeof toldOf>[0]) => (await toldOf([connected, ...lines]))[0];
  assert.equal((await at(state(200, 'pending'), state(300, 'protected'), end(400)))?.isProtected, true);
  assert.equal((await at(state(300, 'protected'), state(350, 'pending'), end(400)))?.isProtected, false);
  assert.equal((await at(end(299), state(300, 'protected')))?.isProtected, false);
  assert.equal((await at(state(300, 'protected', 40_001), end(400)))?.isProtected, false);
  assert.equal((await at(state(300, 'protected', 40_000, 'node2'), end(400)))?.isProtected, false);
});

test('a connection that came to another member than the one that ended is no word of that one’s end', async () => {
  const come = (ms: number, node: string, port = 40_000) =>
    [ms, node, 'client-connected', { client, port }] as const;
  const elsewhere = async (...lines: Parameters<typeof toldOf>[0]) =>
    (await toldOf([connected, ...lines]))[0]?.servedElsewhere;
  assert.equal(await elsewhere(come(120, 'node1'), end(400)), false);
  assert.equal(await elsewhere(come(120, 'node2'), end(400)), true);
  assert.equal(
    await elsewhere(end(110), come(120, 'node2')),
    false,
    'behind the end: by the next contact node',
  );
  assert.equal(await elsewhere(come(120, 'node2', 40_001), end(400)), false);
  assert.equal(
    await elsewhere(come(90, 'node2'), come(120, 'node1'), end(400)),
    false,
    'the port of an earlier one',
  );
});

test('a port that an earlier repetition had elsewhere says nothing of the next one', async () => {
  const come = [50, 'node2', 'client-connected', { client, port: 40_000 }] as const;
  const first = [10, 'download', 'connected', { repetition: 0, port: 40_000 }] as const;
  const second = [450, 'download', 'connected', { repetition: 1, port: 40_000 }] as const;
  const next = [800, 'conductor', 'step', { action: 'crash', target: 'node1', repetition: 1 }] as const;
  const told = await toldOf([first, come, end(400), second, next], 2);
  assert.deepEqual(
    told.map((one) => one.servedElsewhere),
    [true, false],
  );
});

test('what no client may see is measured whichever member served it; what a takeover takes is not', async () => {
  const [told] = await toldOf([
    connected,
    [120, 'node2', 'client-connected', { client, port: 40_000 }],
    end(400),
    [900, 'download', 'repetition-finished', { repetition: 0, ok: false, problem: '', bytes: 5 }],
  ]);
  const none = { connections: new Map(), signals: [], truncated: false };
  const read = reading(told!, none, { parameters: { replicas: 1 } } as unknown as CellRecord);
  assert.ok('measure' in read, JSON.stringify(read));
  assert.equal(read.measure('failover-truncated')?.value, 1);
  assert.equal(read.measure('failover-resets')?.value, 0);
  assert.equal(read.measure('failover-lost')?.value, undefined);
  assert.equal(read.measure('failover-gap')?.value, undefined);
});

test('the backup’s Binding Update is the first behind the end', async () => {
  const taking = (ms: number) => [ms, 'node2', 'client-taking-over', { client, sequence: 1 }] as const;
  const [told] = await toldOf([connected, taking(50), end(400), taking(660), taking(700)]);
  assert.equal(told?.takenAt, 660_000_000n);
  assert.equal(told?.end?.member, 'node1');
});
