import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runInLab } from '../support/lab.ts';

interface Conversation {
  readonly heard: string;
  readonly answered: boolean;
}
interface Result {
  readonly moved: Readonly<
    Record<
      string,
      Conversation & { receivedFin: boolean; inState: string; toldMeanwhile: number; states: string[] }
    >
  >;
  readonly underPolicy: Conversation & { readonly inState: string };
  readonly resumed: Conversation & { readonly toldWhileFrozen: number };
  readonly silentMs: number;
  readonly silentResumedMs: number;
  readonly standsMs: number;
  readonly refused: { readonly reason: string; readonly heard: string };
}

async function run(): Promise<Result> {
  const program = fileURLToPath(new URL('./guest/half-closed-sockets.ts', import.meta.url));
  await using lab = await runInLab({
    body: 'ip link set lo mtu 1500; timeout 120 $NODE /run/lab/nodes/half-closed-sockets.cjs 2>error.txt || { cat error.txt; exit 1; }',
    programs: { 'half-closed-sockets': program },
  });
  assert.equal(lab.status, 0, lab.console);
  return JSON.parse(await readFile(join(lab.folder, 'result.json'), 'utf8')) as Result;
}

const result = await run();
const ASKED = 'asked, and closed';

for (const [seen, left] of [
  ['in the kernel', ASKED],
  ['read by Node', ASKED],
  ['told to the application', ''],
] as const) {
  test(`a client has closed its side, ${seen} at the donor: it moves, moves again, and is answered completely`, () => {
    const moved = result.moved[seen]!;
    assert.deepEqual(moved, {
      receivedFin: true,
      inState: left,
      // The socket is not the application's while it moves.
      toldMeanwhile: 0,
      states: ['CLOSE-WAIT', 'CLOSE-WAIT'],
      heard: left,
      answered: true,
    });
  });
}

test('it moves, too, where a binding is in force that asks for a routing header', () => {
  assert.deepEqual(result.underPolicy, { inState: 'CLOSE-WAIT', heard: ASKED, answered: true });
});

test('a half-closed connection that does not move goes on: octets and end are told once the donor has it again', () => {
  assert.deepEqual(result.resumed, { toldWhileFrozen: 0, heard: ASKED, answered: true });
});

test('a half-closed client that opened its window unheard is asked for it at once, not after a time-out', () => {
  assert.ok(result.silentMs < 50, `${result.silentMs} ms of the lab's clock, moved`);
  assert.ok(result.silentResumedMs < 50, `${result.silentResumedMs} ms of the lab's clock, resumed`);
});

test('a half-closed client is asked how far it got', () => {
  assert.ok(result.standsMs < 50, `${result.standsMs} ms of the lab's clock`);
});

test('a connection that this end has closed is refused by the name of its state, and ends where it is', () => {
  assert.deepEqual(result.refused, {
    reason: 'a TCP connection in FIN-WAIT-2 cannot be moved',
    heard: 'the last words',
  });
});
