import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runAdverse } from '../support/adverse-lab.ts';
import { inTurn, round, sessionsOf } from '../support/adverse-sessions.ts';
import { handedOff, testRun } from '../support/adverse-tests.ts';
import { clientAddress } from '../support/adverse-topology.ts';

const HANDOFFS = 4;
const numbers = [0, 1, 2, 3, 4, 5];

/** Handoffs cross: half of the clients go round by member 2 first, the others by member 3. */
const sessions = numbers.map((number) =>
  sessionsOf(
    [
      {
        name: 'a document',
        bytes: 250_000,
        upload: 40_000,
        receiveLowWater: 16_384,
        legs: round(50_000, HANDOFFS, number % 2 === 0 ? [2, 1, 3, 2] : [3, 2, 1, 3]),
      },
    ],
    () => inTurn(number >> 1),
  ).map(({ name, atMs, ...rest }) => ({
    ...rest,
    name: `client ${number}: ${name}`,
    atMs: atMs + 7 * number,
  })),
);
const run = await runAdverse({
  network: {
    clients: numbers.map((number) => ({ csMs: [20 + 5 * number, 60 - 5 * number, 40] })),
    members: 3,
    ssMs: 20,
    rateKbit: 10_000,
  },
  sessions,
});
testRun(
  run,
  sessions.flat().map(({ name }) => name),
  handedOff(HANDOFFS),
);

test('handoffs of different clients are pending at the contact node at the same time, and none is mistaken', () => {
  const at = run.events.filter(({ node }) => node === 'node1');
  const pending = new Map<unknown, unknown>();
  let most = 0;
  for (const { event, client, acceptor } of at) {
    if (event === 'handoff-pending') pending.set(client, acceptor);
    if (event === 'home-test-relayed') {
      assert.equal(pending.get(client), acceptor, `the Home Test of ${String(client)}`);
      most = Math.max(most, pending.size);
      pending.delete(client);
    }
  }
  assert.ok(most >= 2, `at most ${most} pending`);
  assert.ok(!at.some(({ event }) => event === 'home-test-for-nobody'));
});

test('every client was bound by every member', () => {
  for (const number of numbers) {
    const careOf = new Set(run.holders.updates.get(clientAddress(number))?.map((update) => update.careOf));
    assert.equal(careOf.size, 3, `client ${number}: ${[...careOf].join(' ')}`);
  }
});
