import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { encodeFrame, FrameReader } from '../../server/channel/channel-frames.ts';
import { ForwardingTable } from '../../server/plain/forwarding-table.ts';
import { type Flow, PlainClients } from '../../server/plain/plain-clients.ts';

const [contact, second, third] = [ipv6('2001:db8:1::11'), ipv6('2001:db8:2::12'), ipv6('2001:db8:3::13')];
const contactAddress = ipv6('2001:db8:1::100');
const flow = (client: number, clientPort = 4000): Flow => ({
  client: ipv6(`2001:db8:c::${client}`),
  clientPort,
  servicePort: 8080,
});
const tableFor = (limit: number): ForwardingTable =>
  new ForwardingTable({ self: contact, lingerMs: 1000, holds: () => true }, new PlainClients(limit));

test('a connection goes to whoever asked last; a donor that takes it back fences its acceptor off', () => {
  const table = tableFor(10);
  assert.equal(table.memberOf(flow(1)), contact);
  assert.deepEqual(table.forward([flow(1)], second, 1), { kind: 'accepted' });
  assert.deepEqual(table.forward([flow(1)], contact, 500), { kind: 'accepted' });
  assert.deepEqual(table.forward([flow(1)], second, 2), { kind: 'superseded' });
  assert.equal(table.memberOf(flow(1)), contact);
  assert.equal(table.memberOf(flow(1, 4001)), contact, 'another connection of the client');
});

test('the holder may ask again, and numbers wrap', () => {
  const table = tableFor(10);
  table.forward([flow(1)], second, 0xffff);
  assert.deepEqual(table.forward([flow(1)], second, 0xffff), { kind: 'accepted' });
  assert.deepEqual(table.forward([flow(1)], third, 0), { kind: 'accepted' });
  assert.deepEqual(table.forward([flow(1)], second, 0xffff), { kind: 'superseded' });
});

test('connections of one client go together or not at all', () => {
  const table = tableFor(10);
  table.forward([flow(1)], third, 7);
  assert.deepEqual(table.forward([flow(1, 4001), flow(1)], second, 7), { kind: 'superseded' });
  assert.equal(table.memberOf(flow(1, 4001)), contact);
});

test('beyond the limit no client leaves the contact node, and none that has left is stranded', () => {
  const table = tableFor(1);
  table.forward([flow(1)], second, 1);
  assert.equal(table.forward([flow(2)], second, 1).kind, 'refused');
  assert.equal(table.memberOf(flow(2)), contact);
  // The first client goes on from member to member, and home.
  assert.equal(table.forward([flow(1)], third, 2).kind, 'accepted');
  assert.equal(table.forward([flow(1)], contact, 3).kind, 'accepted');
  assert.equal(table.forward([flow(2)], contact, 100).kind, 'accepted');
  table.handle({ kind: 'ended', flow: flow(1), member: contact }, 0);
  assert.equal(table.forward([flow(2)], second, 101).kind, 'accepted');
});

test('a connection that the contact node never had is forwarded to whoever has it, beyond the limit too', () => {
  const plan = { self: contact, lingerMs: 1000, holds: ({ clientPort }: Flow) => clientPort === 4000 };
  const table = new ForwardingTable(plan, new PlainClients(0));
  assert.equal(table.forward([flow(1)], second, 1).kind, 'refused');
  assert.deepEqual(table.forward([flow(1, 4001)], second, 0), { kind: 'accepted' });
  assert.equal(table.memberOf(flow(1, 4001)), second);
});

test('a client is forwarded while a living connection of it is elsewhere', () => {
  const table = tableFor(10);
  table.forward([flow(1)], contact, 1);
  assert.equal(table.forwards(flow(1).client), false);
  table.forward([flow(1, 4001)], second, 2);
  assert.deepEqual([table.forwards(flow(1).client), table.forwards(flow(2).client)], [true, false]);
  table.handle({ kind: 'ended', flow: flow(1, 4001), member: second }, 0);
  assert.equal(table.forwards(flow(1).client), false);
});

test('an ended connection is forwarded through TIME-WAIT, then forgotten; only its holder ends it', () => {
  const clients = new PlainClients(1);
  const table = new ForwardingTable({ self: contact, lingerMs: 1000, holds: () => true }, clients);
  table.forward([flow(1)], second, 1);
  table.handle({ kind: 'ended', flow: flow(1), member: contact }, 0);
  assert.equal(table.deadline(), undefined);
  table.handle({ kind: 'ended', flow: flow(1), member: second }, 50);
  assert.equal(clients.count, 0);
  assert.equal(table.deadline(), 1050);
  table.handleTimeout(1049);
  assert.equal(table.poll(), undefined);
  assert.equal(table.memberOf(flow(1)), second);
  table.handleTimeout(1050);
  assert.deepEqual([table.poll(), table.poll()], [{ kind: 'expired', flow: flow(1) }, undefined]);
  assert.equal(table.size, 0);
});

test('a new connection of the same ports keeps what the ended one would have lost', () => {
  const table = tableFor(1);
  table.forward([flow(1)], second, 1);
  table.handle({ kind: 'ended', flow: flow(1), member: second }, 0);
  table.forward([flow(1)], third, 2);
  assert.equal(table.deadline(), undefined);
});

test('connections end with the member that held them', () => {
  const table = tableFor(10);
  table.forward([flow(1)], second, 1);
  table.forward([flow(2)], third, 1);
  table.forward([flow(3)], second, 1);
  table.handle({ kind: 'ended', flow: flow(3), member: second }, 0);
  assert.deepEqual(table.lost(second), [
    { flow: flow(1), living: true },
    { flow: flow(3), living: false },
  ]);
  assert.equal(table.size, 1);
});

const plainly = { noNullPrototype: true } as const;
const ports = fc.record({ clientPort: fc.nat(0xffff), servicePort: fc.nat(0xffff) }, plainly);
const head = { contactAddress, client: flow(1).client };
const frames = fc.oneof(
  fc.record(
    {
      kind: fc.constant('forward' as const),
      contactAddress: fc.constant(contactAddress),
      client: fc.constant(flow(1).client),
      sequence: fc.nat(0xffff),
      what: fc.constantFrom('forward' as const, 'ended' as const, 'contest' as const),
      connections: fc.array(ports, { maxLength: 5 }),
    },
    plainly,
  ),
  fc.record(
    {
      kind: fc.constant('forwarded' as const),
      contactAddress: fc.constant(contactAddress),
      client: fc.constant(flow(1).client),
      sequence: fc.nat(0xffff),
      outcome: fc.constantFrom('accepted' as const, 'superseded' as const, 'refused' as const),
      reason: fc.string(),
    },
    plainly,
  ),
  fc.record(
    {
      kind: fc.constant('prepare' as const),
      handoff: fc.nat(0xffff_ffff),
      contactAddress: fc.constant(contactAddress),
      client: fc.constant(flow(1).client),
      forwarded: fc.constant([]),
    },
    plainly,
  ),
  fc.record(
    {
      kind: fc.constant('init' as const),
      handoff: fc.nat(0xffff_ffff),
      contactAddress: fc.constant(contactAddress),
      client: fc.constant(flow(1).client),
      sequence: fc.nat(0xffff),
      tcpState: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      applicationState: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      forwarded: fc.array(ports, { maxLength: 5 }),
    },
    plainly,
  ),
);

test('frames about clients without Mobile IPv6 survive the channel', () => {
  fc.assert(
    fc.property(frames, (frame) => {
      assert.deepEqual(new FrameReader().push(encodeFrame(frame)), [frame]);
    }),
  );
});

test('a Forward cut short is refused', () => {
  const connections = [{ clientPort: 1, servicePort: 2 }];
  const whole = encodeFrame({ ...head, kind: 'forward', sequence: 1, what: 'forward', connections });
  for (let octets = 6; octets < whole.length; octets++) {
    const cut = Buffer.from(whole.subarray(0, octets));
    cut.writeUInt32BE(octets - 4, 0);
    // Without any connection it is a whole frame.
    if (octets === whole.length - 4) continue;
    assert.throws(() => new FrameReader().push(cut), ProtocolError, `${octets} octets`);
  }
});
