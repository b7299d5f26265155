import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LoggedEvent } from '../support/member-lab.ts';
import { runMixedClients } from '../support/mixed-clients-lab.ts';

/** When client1 opens further connections, s after its first: some at the contact node while other members hold the rest. */
const later = [0, 0.26, 0.32, 0.38, 0.44, 0.5, 0.56];

/** Of one member, for one client: until its connections are read out, they are its own. */
interface Handoff {
  readonly node: string;
  readonly client: unknown;
  readonly requested: bigint;
  extracted?: bigint;
  settled?: boolean;
}

/** Those that a member went through with, in order. */
function handoffsOf(events: readonly LoggedEvent[]): readonly Required<Handoff>[] {
  const open = new Map<string, Handoff>();
  const all: Handoff[] = [];
  for (const { t, node, event, client } of events) {
    const key = `${node} ${client}`;
    const handoff = open.get(key);
    if (event === 'handoff-requested') {
      open.set(key, { node, client, requested: BigInt(t) });
      all.push(open.get(key)!);
    } else if (event === 'socket-extracted' && handoff !== undefined) handoff.extracted ??= BigInt(t);
    else if (event === 'handed-off' && handoff !== undefined) handoff.settled = true;
  }
  return all.filter((one): one is Required<Handoff> => one.extracted !== undefined && one.settled === true);
}

test('connections of a client without Mobile IPv6 are handed off together by the member that holds them, and by several members at once', {
  timeout: 300_000,
}, async () => {
  const { status, console, events, roles } = await runMixedClients({
    clients: 2,
    plainClients: 2,
    rate: '400k',
    meanwhile: later.map((seconds) => `also client1 ${seconds}`).join('\n'),
  });
  assert.equal(status, 0, console);
  const bad =
    /^(client-lost|crashed|connection-lost|plain-client-refused|forwarding-refused|handoff-abandoned|client-taken-back)$/;
  assert.deepEqual(
    events.filter(({ event }) => bad.test(event)),
    [],
  );
  const { address } = roles.clients[0]!;
  const ofClient = events.filter(({ client }) => client === address);
  const connected = ofClient.filter(({ event }) => event === 'client-connected');
  assert.equal(connected.length, 1 + later.length);
  assert.ok(connected.every(({ node }) => node === 'node1'));

  for (const member of ['node1', 'node2', 'node3']) {
    const together = ofClient.filter(
      ({ node, event, connections }) => node === member && event === 'handed-off' && Number(connections) > 1,
    );
    assert.ok(together.length > 0, `${member} never handed off several`);
  }

  // Two members that hand off at the same time, before either has read out what it holds: not the same connections.
  const handoffs = handoffsOf(ofClient);
  const atOnce = handoffs.filter((one) =>
    handoffs.some(
      (other) =>
        other.node !== one.node && other.requested <= one.requested && one.requested < other.extracted,
    ),
  );
  assert.ok(atOnce.length > 0, 'never from two members at once');

  const [counters] = events.filter(({ node, event }) => node === 'node1' && event === 'counters');
  assert.deepEqual([counters?.plainClients, counters?.plainConnectionsRefused], [0, 0]);
});
