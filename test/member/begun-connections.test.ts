import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { handshakesUnderWay, liveConnections } from '../../linux/tcp/connection-table.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { BegunConnections } from '../../nodes/member/plain/begun-connections.ts';
import type { ForwardingFrame } from '../../server/plain/forwarding-frames.ts';
import type { Flow } from '../../server/plain/plain-clients.ts';

const [self, successor, next, client, bound, contactAddress] = [
  '2001:db8:1::2',
  '2001:db8:2::2',
  '2001:db8:3::2',
  '2001:db8:c::2',
  '2001:db8:c::3',
  '2001:db8:1::100',
].map(ipv6) as [Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address, Ipv6Address];
const flow: Flow = { client, clientPort: 40_000, servicePort: 8080 };

/** A member that was the contact node, with two connections in their handshake, one of a client that is bound to it. */
function member(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const world = {
    contactNode: successor,
    sent: [] as { readonly to: Ipv6Address; readonly frame: ForwardingFrame }[],
    gone: [] as Flow[],
    live: [flow, { ...flow, client: bound }] as readonly Flow[],
  };
  const begun = new BegunConnections({
    careOfAddress: self,
    contactAddress,
    contactNode: () => world.contactNode,
    send: (to, frame) => world.sent.push({ to, frame }) > 0,
    live: () => world.live,
    isBound: (one) => one === bound,
    onGone: (one) => void world.gone.push(one),
  });
  return { begun, world };
}

test('the rest of a handshake is asked for, from whoever is the contact node, until the connection stands', (t) => {
  const { begun, world } = member(t);
  begun.superseded();
  world.contactNode = next;
  begun.askAgain();
  const { client: _, ...ports } = flow;
  const frame = {
    kind: 'forward',
    contactAddress,
    client,
    sequence: 0,
    what: 'forward',
    connections: [ports],
  };
  assert.deepEqual(world.sent, [
    { to: successor, frame },
    { to: next, frame },
  ]);
  assert.equal(begun.established({ ...flow, clientPort: 1 }), false);
  assert.equal(begun.established(flow), true);
  begun.askAgain();
  t.mock.timers.tick(100_000);
  assert.equal(world.sent.length, 2);
  assert.deepEqual(world.gone, []);
});

test('a handshake that comes to nothing is given up when the kernel has given it up', (t) => {
  const { begun, world } = member(t);
  begun.superseded();
  t.mock.timers.tick(63_000);
  assert.deepEqual(world.gone, []);
  world.live = [];
  t.mock.timers.tick(10_000);
  assert.deepEqual(world.gone, [flow]);
  assert.equal(begun.established(flow), false);
});

test('this member is asked for nothing while it is the contact node itself', (t) => {
  const { begun, world } = member(t);
  world.contactNode = self;
  begun.superseded();
  assert.deepEqual(world.sent, []);
});

test('a connection that stays is asked for as long as it is there, or until its client is bound', (t) => {
  const { begun, world } = member(t);
  const others = [1, 2, 3, 4].map((clientPort): Flow => ({ ...flow, clientPort }));
  world.live = [flow, ...others];
  begun.superseded(({ clientPort }) => clientPort === 4);
  t.mock.timers.tick(300_000);
  assert.deepEqual(world.gone, []);
  begun.ended(others[0]!);
  begun.ended(others[0]!);
  assert.deepEqual(world.gone.splice(0), [others[0]]);
  world.live = [flow, others[2]!];
  t.mock.timers.tick(70_000);
  assert.deepEqual(world.gone.splice(0), [others[1]]);
  world.sent.length = 0;
  begun.askAgain();
  assert.deepEqual(
    world.sent.map(({ frame }) => frame.kind === 'forward' && frame.connections[0]!.clientPort),
    [flow.clientPort, 3],
  );
  begun.bound(bound);
  assert.deepEqual(world.gone, []);
  begun.bound(client);
  assert.deepEqual(world.gone, [flow, others[2]]);
});

test('a client of which others have found out more is left to them without a word', (t) => {
  const { begun, world } = member(t);
  begun.superseded();
  begun.found(client);
  world.sent.length = 0;
  begun.askAgain();
  begun.ended(flow);
  assert.deepEqual([world.sent, world.gone], [[], []]);
});

test('live is every connection with something still to come: half-closed ones, and such in their handshake', () => {
  const line = (port: number, state: string) => [
    '0:',
    'B80D0120010000000000000000010000:1F90',
    `B80D01200C0000000000000002000000:${port.toString(16)}`,
    state,
  ];
  const states = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '0A', '0B'];
  const lines = states.map((state, index) => line(0x9c40 + index, state));
  const found = liveConnections(ipv6('2001:db8:0:1::100'), lines);
  const live = found.map(({ remotePort }) => states[remotePort - 0x9c40]);
  assert.deepEqual(live, ['01', '03', '04', '05', '08', '09', '0B']);
  assert.deepEqual(
    found.filter(({ inHandshake }) => inHandshake).map(({ remotePort }) => remotePort),
    [0x9c42],
  );
});

test('handshakes are those to one address, with both ports and the client’s address', () => {
  const table = [
    '  sl  local_address                         remote_address                        st tx_queue rx_queue',
    // SYN_RECV, ESTABLISHED, and SYN_RECV to another address
    '   0: B80D0120010000000000000000010000:1F90 B80D01200C0000000000000002000000:9C40 03 00000000:00000000',
    '   1: B80D0120010000000000000000010000:1F90 B80D01200C0000000000000002000000:9C41 01 00000000:00000000',
    '   2: B80D0120020000000000000000010000:1F90 B80D01200C0000000000000002000000:9C42 03 00000000:00000000',
  ];
  const lines = table.map((line) => line.trim().split(/\s+/));
  assert.deepEqual(handshakesUnderWay(ipv6('2001:db8:0:1::100'), lines), [
    { localPort: 8080, remote: ipv6('2001:db8:0:c::2'), remotePort: 40_000 },
  ]);
});
