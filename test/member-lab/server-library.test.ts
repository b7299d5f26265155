import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { clientScript } from '../support/client-script.ts';
import { type LoggedEvent, runMembers } from '../support/member-lab.ts';

const { node1, node2, contactAddress } = FIG9_ADDRESSES;
const example = {
  'counting-server': fileURLToPath(new URL('../../examples/counting-server.ts', import.meta.url)),
};

/** The example on this member; its clients go to `nextMember`. */
const counting = (nextMember: string): object => ({
  application: { kind: 'module', file: '/run/lab/nodes/counting-server.cjs', options: { nextMember } },
});

/** Sends lines one by one and demands the right number for each, with a rest before the third: a client with only bash. */
const counter = (lines: number): string =>
  [
    'set -eu',
    `exec 3<>/dev/tcp/${contactAddress}/8080`,
    `for i in $(seq ${lines}); do if [ $i = 3 ]; then sleep 2; fi; echo line >&3; read -r -t 60 answer <&3; [ "$answer" = "$i" ]; done`,
    'exec 3>&-',
  ].join('\n');

async function runCounting(lines: number, changes: Readonly<Record<string, object>> = {}) {
  const { plan, programs } = clientScript(counter(lines));
  const { status, console, events } = await runMembers({
    variant: 'drain',
    changes: {
      node1: { ...counting(node2), ...changes.node1 },
      node2: { ...counting(node1), ...changes.node2 },
    },
    programs: { ...programs, ...example },
    plan,
  });
  const told = events.filter(({ event }) => /crashed|not-started|failed/.test(event));
  assert.equal(status, 0, console + JSON.stringify(told));
  return events;
}

const named = (events: readonly LoggedEvent[], node: string, name: string): LoggedEvent[] =>
  events.filter((event) => event.node === node && event.event === name);

test('the example counts on over handoffs in both directions, each prepared in advance', {
  timeout: 200_000,
}, async () => {
  const events = await runCounting(11);
  // Lines 3, 6 and 9 end a turn; the client closes in the middle of the next one.
  assert.equal(named(events, 'node1', 'handed-off').length, 2);
  assert.equal(named(events, 'node2', 'handed-off').length, 1);
  for (const [donor, acceptor] of [
    ['node1', 'node2'],
    ['node2', 'node1'],
  ] as const) {
    const inits = named(events, donor, 'init-sent');
    const prepares = named(events, donor, 'prepare-sent');
    // One Prepare a turn, long before Init; the last of all, for a turn that did not end, was taken back.
    assert.equal(prepares.length, 2, `${donor}: ${prepares.length} Prepare`);
    const complete = named(events, acceptor, 'return-routability-complete').map(({ t }) => BigInt(t));
    for (const [index, init] of inits.entries()) {
      const [from, to] = [BigInt(prepares[index]!.t), BigInt(init.t)];
      assert.ok(
        complete.some((t) => t > from && t < to),
        'return routability was not complete before Init',
      );
    }
  }
  assert.ok(
    named(events, 'node1', 'handoff-abandoned').some(({ reason }) => /cancelled/.test(String(reason))),
  );
});

test('clientClose deletes the client’s binding', { timeout: 200_000 }, async () => {
  const events = await runCounting(4);
  assert.equal(named(events, 'node2', 'binding-deleted').length, 1);
  const bindings = named(events, 'correspondent-node', 'binding-accepted').map(({ change }) => change);
  assert.equal(bindings.at(-1), 'deleted', `the client's binding cache: ${bindings.join(' ')}`);
});

test('a preparation that the acceptor has given up does not hinder the handoff', {
  timeout: 200_000,
}, async () => {
  // It forgets while the client rests before its third line.
  const events = await runCounting(4, { node2: { doneTimeoutMs: 1000 } });
  const given = named(events, 'node2', 'handoff-abandoned').map(({ t }) => BigInt(t));
  const [init] = named(events, 'node1', 'init-sent');
  assert.ok(
    given.some((t) => t < BigInt(init!.t)),
    'not given up before Init',
  );
  assert.equal(named(events, 'node1', 'handed-off').length, 1);
});
