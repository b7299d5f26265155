import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIG9_ADDRESSES } from '../../topologies/fig9.ts';
import { long } from '../support/long.ts';
import type { LoggedEvent } from '../support/member-lab.ts';
import { documents, named, servePlain } from '../support/plain-client-lab.ts';

const fetchAll = [
  `curls ${documents.map((name) => `"$base/${name}" -o /tmp/${name}`).join(' ')}`,
  ...documents.map((name) => `same /tmp/${name} $root/${name}`),
];

const member: Readonly<Record<string, string>> = FIG9_ADDRESSES;

/** Nothing went wrong; each member had been given the connection, and its former holder had fallen silent, before it went on. */
function clean(events: readonly LoggedEvent[]): void {
  const bad = /^(handoff-failed|client-lost|handoff-abandoned|request-failed|crashed|forwarding-refused)$/;
  assert.deepEqual(
    events.filter(({ event }) => bad.test(event)),
    [],
  );
  let [holder, frozen] = ['node1', false];
  let forwardedTo: unknown;
  for (const { event, node, member: to } of events) {
    if (event === 'client-connected') [holder, frozen] = [node, false];
    if (event === 'connection-forwarded') forwardedTo = to;
    if (event === 'socket-extracted') {
      assert.equal(node, holder, 'somebody else than the holder gave the connection away');
      frozen = true;
    }
    if (event !== 'socket-activated') continue;
    assert.ok(frozen, `${node} went on while ${holder} did`);
    assert.equal(forwardedTo, member[node], `${node} went on without the client’s packets`);
    [holder, frozen] = [node, false];
  }
}

// The tests below are of `drain`.
for (const variant of long ? ['drain', 'drain+advance-rr', 'baseline'] : ['drain+advance-rr', 'baseline']) {
  test(`stock curl without Mobile IPv6 is handed back and forth intact: ${variant}`, {
    timeout: 300_000,
  }, async () => {
    const events = await servePlain({ variant }, fetchAll);
    clean(events);
    const [found] = named(events, 'plain-client-found', 'node1');
    assert.equal(found?.reason, 'parameter-problem');
    const there = named(events, 'handed-off', 'node1').length;
    const back = named(events, 'handed-off', 'node2').length;
    assert.ok(there + back >= documents.length && back >= 1, `${there} and ${back} handoffs`);
    assert.equal(named(events, 'connection-forwarded', 'node1').length, there + back);
    assert.equal(named(events, 'binding-acknowledged').length, 0);
  });
}

test('a client that answers nothing is found out by time-out', { timeout: 300_000 }, async () => {
  const node1 = { testRetransmissions: 1 };
  const events = await servePlain({ variant: 'drain', changes: { node1 } }, ['silent', ...fetchAll]);
  clean(events);
  const found = named(events, 'plain-client-found', 'node1');
  assert.deepEqual(
    found.map(({ reason, connections, placed }) => [reason, connections, placed]),
    [['no-answer', 1, true]],
  );
  // Nobody hands a client off before it is known how.
  const [first] = named(events, 'socket-extracted');
  assert.ok(BigInt(first!.t) > BigInt(found[0]!.t));
  assert.ok(named(events, 'handed-off', 'node2').length >= 1);
});

const fetchOne = [`curls "$base/${documents[0]}" -o /tmp/one`, `same /tmp/one $root/${documents[0]}`];

test('what is known of a client expires, and is not asked for before', { timeout: 300_000 }, async () => {
  const node1 = { plainClients: { refusedMs: 30_000 } };
  const events = await servePlain({ variant: 'drain', changes: { node1 } }, [
    ...fetchOne,
    ...fetchOne,
    'sleep 40',
    ...fetchOne,
  ]);
  clean(events);
  const connected = named(events, 'client-connected', 'node1').map(({ t }) => BigInt(t));
  const found = named(events, 'plain-client-found', 'node1').map(({ t }) => BigInt(t));
  assert.equal(connected.length, 3);
  assert.equal(found.length, 2);
  assert.ok(found[0]! < connected[1]! && found[1]! > connected[2]!);
});

test('beyond the limit: a client in service stays with the contact node, a new connection is reset', {
  timeout: 300_000,
}, async () => {
  const node1 = { plainClients: { limit: 0 } };
  const events = await servePlain({ variant: 'drain', changes: { node1 } }, [
    ...fetchOne,
    'code=0; curl -s "$base/" -o /tmp/refused || code=$?',
    // "Failure with receiving network data": a reset, at once.
    '[ "$code" = 56 ] || { echo "curl ended with $code" >&2; exit 1; }',
  ]);
  assert.ok(named(events, 'forwarding-refused', 'node1').length >= 1);
  assert.equal(named(events, 'handed-off').length, 0);
  assert.equal(named(events, 'plain-client-refused', 'node1').length, 1);
  const [counters] = named(events, 'counters', 'node1');
  assert.equal(counters?.plainConnectionsRefused, 1);
  assert.equal(counters?.plainClients, 0);
});

test('of a connection that has ended nothing stays in the contact node’s kernel', {
  timeout: 300_000,
}, async () => {
  // Node 2 keeps what it is given.
  const node2 = { application: { kind: 'web', root: '/run/lab/nodes' } };
  const events = await servePlain({ variant: 'drain', changes: { node2 } }, [
    'node1() { nsenter --net=/run/netns/node1 "$@"; }',
    'rules() { node1 ip -6 rule; node1 ip -6 route show table 200 2>/dev/null || true; }',
    'rules >/tmp/before',
    `curls --limit-rate 20k "$base/${documents[0]}" -o /tmp/one & fetching=$!`,
    'sleep 8',
    'rules >/tmp/meanwhile',
    'wait $fetching',
    `same /tmp/one $root/${documents[0]}`,
    'sleep 90',
    'rules >/tmp/after',
    'grep -q "^50:.*iif tha.*lookup 200" /tmp/meanwhile || { cat /tmp/meanwhile >&2; exit 1; }',
    'cmp /tmp/before /tmp/after >&2 || { cat /tmp/before /tmp/after >&2; exit 1; }',
  ]);
  const [counters] = named(events, 'counters', 'node1');
  assert.deepEqual([counters?.plainClients, counters?.forwardedConnections], [0, 0]);
  assert.equal(named(events, 'socket-extracted', 'node2').length, 0);
  assert.equal(named(events, 'client-reclaiming').length, 0);
});

for (const step of long ? ['init-received', 'socket-restored', 'binding-update-sent'] : ['socket-restored']) {
  test(`an acceptor that is killed at ${step} costs its client nothing: the donor takes it back`, {
    timeout: 300_000,
  }, async () => {
    const changes = { node2: { failAt: step } };
    const events = await servePlain({ variant: 'drain', changes, killed: true }, fetchOne);
    const [failed] = named(events, 'handoff-failed', 'node1');
    assert.ok(failed !== undefined, 'the handoff did not fail');
    assert.deepEqual(named(events, 'client-lost'), []);
    assert.equal(named(events, 'handed-off').length, 0);
    // No rule leads to a member that is no more.
    const last = named(events, 'connection-forwarded', 'node1').at(-1);
    assert.ok(last === undefined || last.member === member.node1);
  });
}
