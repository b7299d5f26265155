import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handshakesUnderWay, liveConnections } from '../../linux/tcp/connection-table.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { BegunConnections, type BegunInput } from '../../server/plain/begun-connections.ts';
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
function member() {
  const world = {
    contactNode: successor,
    sent: [] as { readonly to: Ipv6Address; readonly frame: ForwardingFrame }[],
    gone: [] as Flow[],
    live: [flow, { ...flow, client: bound }] as readonly Flow[],
    now: 0,
  };
  const role = new BegunConnections({
    careOfAddress: self,
    contactAddress,
    contactNode: () => world.contactNode,
    live: () => world.live,
    isBound: (one) => one === bound,
  });
  const drain = (): void => {
    for (let output = role.poll(); output !== undefined; output = role.poll())
      if (output.kind === 'gone') world.gone.push(output.flow);
      else world.sent.push({ to: output.to, frame: output.frame });
  };
  const begun = (input: BegunInput): void => {
    role.handle(input, world.now);
    drain();
  };
  const tick = (ms: number): void => {
    const until = world.now + ms;
    for (let due = role.deadline(); due !== undefined && due <= until; due = role.deadline()) {
      world.now = due;
      role.handleTimeout(due);
      drain();
    }
    world.now = until;
  };
  return { begun, has: (one: Flow) => role.has(one), tick, world };
}

test('the rest of a handshake is asked for, from whoever is the contact node, until the connection stands', () => {
  const { begun, has, tick, world } = member();
  begun({ kind: 'superseded' });
  world.contactNode = next;
  begun({ kind: 'ask-again' });
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
  assert.equal(has({ ...flow, clientPort: 1 }), false);
  assert.equal(has(flow), true);
  begun({ kind: 'established', flow });
  begun({ kind: 'ask-again' });
  tick(100_000);
  assert.equal(world.sent.length, 2);
  assert.deepEqual(world.gone, []);
});

test('a handshake that comes to nothing is given up when the kernel has given it up', () => {
  const { begun, has, tick, world } = member();
  begun({ kind: 'superseded' });
  tick(63_000);
  assert.deepEqual(world.gone, []);
  world.live = [];
  tick(10_000);
  assert.deepEqual(world.gone, [flow]);
  assert.equal(has(flow), false);
});

test('this member is asked for nothing while it is the contact node itself', () => {
  const { begun, world } = member();
  world.contactNode = self;
  begun({ kind: 'superseded' });
  assert.deepEqual(world.sent, []);
});

test('a connection that stays is asked for as long as it is there, or until its client is bound', () => {
  const { begun, tick, world } = member();
  const others = [1, 2, 3, 4].map((clientPort): Flow => ({ ...flow, clientPort }));
  world.live = [flow, ...others];
  begun({ kind: 'superseded', isTold: ({ clientPort }) => clientPort === 4 });
  tick(300_000);
  assert.deepEqual(world.gone, []);
  begun({ kind: 'ended', flow: others[0]! });
  begun({ kind: 'ended', flow: others[0]! });
  assert.deepEqual(world.gone.splice(0), [others[0]]);
  world.live = [flow, others[2]!];
  tick(70_000);
  assert.deepEqual(world.gone.splice(0), [others[1]]);
  world.sent.length = 0;
  begun({ kind: 'ask-again' });
  assert.deepEqual(
    world.sent.map(({ frame }) => frame.kind === 'forward' && frame.connections[0]!.clientPort),
    [flow.clientPort, 3],
  );
  begun({ kind: 'bound', client: bound });
  assert.deepEqual(world.gone, []);
  begun({ kind: 'bound', client: client });
  assert.deepEqual(world.gone, [flow, others[2]]);
});

test('a client of which others have found out more is left to them without a word', () => {
  const { begun, world } = member();
  begun({ kind: 'superseded' });
  begun({ kind: 'found', client: client });
  world.sent.length = 0;
  begun({ kind: 'ask-again' });
  begun({ kind: 'ended', flow: flow });
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
