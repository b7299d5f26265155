import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInLab } from '../support/lab.ts';

interface Result {
  readonly heldByNode: number;
  readonly moved: string;
  readonly arrived: string;
  readonly windowThen: number;
  readonly unsent: number;
  readonly silentMs: number;
  readonly waitedMs: number;
  readonly problems: readonly string[];
  readonly unknown: readonly number[];
  readonly trafficClass: string;
  readonly heard: string;
  readonly lines: readonly string[];
  readonly answers: string;
  readonly heldBack: boolean;
  readonly ended: string;
  readonly quietedAndMoved: Quieted;
  readonly quietedAndStayed: Quieted;
}

/** A client in the middle of sending 40 MB that was told to stop. */
interface Quieted {
  readonly stopped: boolean;
  readonly nothingUnderWay: boolean;
  readonly windowClosed?: boolean;
  readonly unread: number;
  readonly silentMs: number;
  readonly received: number;
}

async function moved(): Promise<Result> {
  const program = fileURLToPath(new URL('./guest/frozen-sockets.ts', import.meta.url));
  await using run = await runInLab({
    body: 'ip link set lo mtu 1500; timeout 60 $NODE /run/lab/nodes/frozen-sockets.cjs 2>error.txt || { cat error.txt; exit 1; }',
    programs: { 'frozen-sockets': program },
  });
  assert.equal(run.status, 0, run.console);
  return JSON.parse(await readFile(join(run.folder, 'result.json'), 'utf8')) as Result;
}

const result = await moved();

test('octets that Node has read and the application has not move along, in front of the kernel’s', () => {
  assert.equal(result.heldByNode, 'read by Node, '.length);
  assert.equal(result.moved, 'read by Node, in the kernel, ');
  assert.equal(result.arrived, 'read by Node, in the kernel, sent later');
});

test('a client that opened its window while nobody listened is asked for it at once, not after a time-out', () => {
  assert.equal(result.windowThen, 0);
  assert.ok(result.unsent > 0);
  assert.ok(result.silentMs < 50, `${result.silentMs} ms of the lab's clock`);
});

test('a client that lacks a segment gets it by the first timeout of an acceptor that had to wait, not by one that has backed off', () => {
  // A probe for the tail goes before the timeout (RFC 8985 §7.2: one second where the round trip is not known).
  assert.ok(result.waitedMs < 1000 + 3000 + 100, `${result.waitedMs} ms of the lab's clock`);
});

test('a connection goes on without a congestion control that its acceptor does not have, and without an unknown option', () => {
  assert.deepEqual(result.problems, ['TCP_CONGESTION never-heard-of']);
  assert.deepEqual(result.unknown, [200]);
  assert.equal(result.trafficClass, String(0x28));
  assert.equal(result.heard, 'heard');
});

test('for await and pipeline go on, as documented, on the same socket and on a new one in its place', () => {
  assert.deepEqual(result.lines, ['first', 'second', 'third']);
  assert.equal(result.answers, 'first answered,second answered,third answered,');
});

test('a frozen socket that its application destroys is silent as long as an acceptor may serve, and is reset when none does', () => {
  assert.equal(result.heldBack, true);
  assert.equal(result.ended, 'ECONNRESET');
});

for (const [what, how] of [
  ['moves', 'quietedAndMoved'],
  ['stays after all', 'quietedAndStayed'],
] as const)
  test(`a client that is told to stop sending has nothing under way when it has, and goes on at once when its connection ${what}`, () => {
    const { silentMs, ...rest } = result[how];
    assert.deepEqual(rest, {
      stopped: true,
      nothingUnderWay: true,
      windowClosed: true,
      unread: 0,
      received: 40_000_000,
    });
    // Without a word it would ask, but not before 200 ms.
    assert.ok(silentMs < 50, `${silentMs} ms of the lab's clock`);
  });
