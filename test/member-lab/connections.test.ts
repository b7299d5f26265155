import assert from 'node:assert/strict';
import { test } from 'node:test';
import { intact, named, runParallel } from '../support/connections-lab.ts';
import { long } from '../support/long.ts';
import type { LoggedEvent } from '../support/member-lab.ts';

const timeout = 200_000;
const all = { 0: true, 1: true, 2: true };
/** The first octets have come, the rest of the donor's is on its way: it waits for the last acknowledgement. */
const draining = { after: 1, octets: 10_000, delayMs: 0, of: 1 };

function assertMovedAtOnce(events: readonly LoggedEvent[]): void {
  assert.deepEqual(intact(events), all);
  const [handoff, ...more] = named(events, 'node1', 'handed-off');
  assert.deepEqual([handoff?.connections, more.length], [3, 0]);
  assert.equal(named(events, 'node1', 'init-sent').length, 1);
  assert.equal(named(events, 'node2', 'socket-activated').length, 3);
  assert.equal(named(events, 'node2', 'binding-update-sent').length, 1);
  assert.deepEqual(named(events, 'node1', 'client-lost'), []);
}

for (const variant of long
  ? ['baseline', 'advance-rr', 'drain+advance-rr']
  : ['baseline', 'drain+advance-rr']) {
  test(`${variant}: three connections of a client move in one handoff`, { timeout }, async () => {
    const [events] = await runParallel({ variant, sessions: [{ connections: 3 }] });
    assertMovedAtOnce(events!);
  });
}

/** ms behind the octets that the reset follows, and how many states were on their way by then. */
const resets = [
  { delayMs: 0, moved: 2 },
  { delayMs: 200, moved: 2 },
  { delayMs: 320, moved: 3 },
  { delayMs: 440, moved: 3 },
];

test('drain: one session after the other', { timeout }, async (context) => {
  const [undisturbed, opened, halfClosed, ...reset] = await runParallel({
    variant: 'drain',
    sessions: [
      { connections: 3 },
      {
        connections: 3,
        // Long enough for the other two to be served when the attempt comes again.
        octets: 250_000,
        // Within the switch wherever it begins: an acknowledgement queues before it, for 150 ms more where programs are Debian 13's.
        steps: [{ after: 0, octets: 20_000, delayMs: 200, of: 2, does: 'open' }],
      },
      { connections: 3, steps: [{ ...draining, does: 'fin' }] },
      ...resets.map(
        ({ delayMs }) => ({ connections: 3, steps: [{ ...draining, delayMs, does: 'rst' }] }) as const,
      ),
    ],
  });

  await context.test('three connections of a client move in one handoff', () =>
    assertMovedAtOnce(undisturbed!),
  );

  await context.test(
    'a connection that is opened during the switch is held, and its next attempt reaches the acceptor',
    () => assertHeld(opened!),
  );

  await context.test(
    'one is half-closed while its octets drain: it moves with the others, and is answered to its end',
    () => assertMovedAtOnce(halfClosed!),
  );

  for (const [index, { delayMs, moved }] of resets.entries()) {
    await context.test(
      `one is reset ${delayMs} ms after the first octets: the others move, intact; ${moved} states travel`,
      () => {
        const { 1: broken, ...others } = intact(reset[index]!);
        assert.deepEqual([broken, others], [false, { 0: true, 2: true }]);
        assert.equal(named(reset[index]!, 'node1', 'handed-off').length, 1);
        assert.equal(named(reset[index]!, 'node2', 'socket-activated').length, moved);
      },
    );
  }
});

function assertHeld(events: readonly LoggedEvent[]): void {
  assert.deepEqual(intact(events), all);
  const [handoff] = named(events, 'node1', 'handed-off');
  assert.equal(handoff?.connections, 2);
  const opened = named(events, 'client', 'connected').find(({ index }) => index === 2);
  assert.ok(Number(opened?.ms) > 1000, `answered after ${opened?.ms} ms: not held`);
  assert.deepEqual(
    named(events, 'node2', 'client-connected').map(({ port }) => port),
    [opened?.port],
  );
}

for (const failAt of long
  ? ['socket-restored', 'binding-update-sent', 'socket-activated']
  : ['socket-activated']) {
  test(`the acceptor is killed at ${failAt}: the donor serves all of them on`, { timeout }, async () => {
    const [events] = await runParallel({
      variant: 'drain',
      sessions: [{ connections: 3 }],
      acceptor: { failAt },
    });
    assert.ok(named(events!, 'node2', failAt).length > 0, `no ${failAt}`);
    assert.deepEqual(intact(events!), all);
    assert.deepEqual(named(events!, 'node1', 'handed-off'), []);
    assert.equal(named(events!, 'node1', 'handoff-failed').length, 1);
  });
}
