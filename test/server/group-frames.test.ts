import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { frameOfKind } from '../../server/channel/frame-table.ts';
import { type GroupFrame, isGroupFrame } from '../../server/contact/group-frames.ts';
import { readBody, writtenBody } from '../support/frame-body.ts';

const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipv6FromBytes);
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const u32 = fc.nat({ max: 0xffffffff });
const port = fc.nat({ max: 0xffff });
const association = fc.record({
  spi: u32,
  requestId: u32,
  encryptionKey: fc.constantFrom(16, 24, 32).chain(octets),
  authenticationKey: octets(20),
});
const contents: fc.Arbitrary<GroupFrame> = fc
  .tuple(
    fc.record({ contactAddress: address, epoch: u32 }),
    fc.oneof(
      fc.record({
        kind: fc.constant('contact-data' as const),
        data: fc.record({
          homeAgent: address,
          bindingUpdates: association,
          bindingAcknowledgements: association,
          tunnelOut: association,
          tunnelIn: association,
        }),
      }),
      fc.record({
        kind: fc.constantFrom(
          'contact-held' as const,
          'contact-doubt' as const,
          'contact-withdrawn' as const,
          'contact-hand-over' as const,
        ),
      }),
      fc.record({
        kind: fc.constant('contact-heartbeat' as const),
        holder: address,
        stage: fc.constantFrom('claiming' as const, 'serving' as const, 'leaving' as const),
        inbound: fc.record({ bindingAcknowledgements: u32, tunnelIn: u32 }),
      }),
      fc.record({ kind: fc.constant('contact-node' as const), contactNode: address }),
      fc.record({
        kind: fc.constant('contact-entry' as const),
        entry: fc.oneof(
          fc.record({
            table: fc.constant('pending-handoff' as const),
            client: address,
            homeInitCookie: octets(8),
            member: address,
            lifetimeMs: u32,
          }),
          fc.record({
            table: fc.constant('forwarding' as const),
            client: address,
            clientPort: port,
            servicePort: port,
            member: address,
            lifetimeMs: u32,
          }),
          fc.record({
            table: fc.constant('bound' as const),
            client: address,
            sequence: port,
            member: address,
            lifetimeMs: u32,
          }),
        ),
      }),
      fc.record({
        kind: fc.constant('contact-bound' as const),
        client: address,
        sequence: port,
        lifetimeMs: u32,
      }),
      fc.record({ kind: fc.constant('contact-stray' as const), client: address }),
      fc.record({
        kind: fc.constant('contact-survey' as const),
        dead: address,
        clients: fc.array(address, { maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant('contact-surveyed' as const),
        dead: address,
        clients: fc.array(fc.record({ client: address, taken: fc.boolean() }), { maxLength: 4 }),
      }),
    ),
  )
  .map(([head, rest]) => ({ ...head, ...rest }));

test('every frame of a contact group comes back as it was, and cut short or longer it is refused', () => {
  fc.assert(
    fc.property(contents, fc.nat(), (frame, cut) => {
      const { type, body } = writtenBody(frame);
      assert.equal(type, frameOfKind(frame.kind).type);
      assert.deepEqual(plain(readBody(type, body)), plain(frame));
      assert.ok(isGroupFrame(frame));
      const short = body.subarray(0, cut % body.length);
      assert.throws(() => readBody(type, short), ProtocolError);
      assert.throws(() => readBody(type, Buffer.concat([body, Buffer.of(0)])), ProtocolError);
    }),
  );
});

const golden: readonly (readonly [string, GroupFrame, string])[] = [
  [
    'a member tells of a binding',
    {
      kind: 'contact-bound',
      contactAddress: ipv6('2001:db8:1::100'),
      epoch: 17,
      client: ipv6('2001:db8:c::2'),
      sequence: 0xfffe,
      lifetimeMs: 420_000,
    },
    '20010db8000100000000000000000100 00000011 20010db8000c00000000000000000002 fffe 000668a0',
  ],
  [
    'a backup is told of it',
    {
      kind: 'contact-entry',
      contactAddress: ipv6('2001:db8:1::100'),
      epoch: 17,
      entry: {
        table: 'bound',
        client: ipv6('2001:db8:c::2'),
        sequence: 0xfffe,
        member: ipv6('2001:db8:2::2'),
        lifetimeMs: 420_000,
      },
    },
    `20010db8000100000000000000000100 00000011 02 20010db8000c00000000000000000002 fffe
     20010db8000200000000000000000002 000668a0`,
  ],
  [
    'a contact node asks for clients of a member that has ended',
    {
      kind: 'contact-survey',
      contactAddress: ipv6('2001:db8:1::100'),
      epoch: 17,
      dead: ipv6('2001:db8:2::2'),
      clients: [ipv6('2001:db8:c::2')],
    },
    '20010db8000100000000000000000100 00000011 20010db8000200000000000000000002 0001 20010db8000c00000000000000000002',
  ],
  [
    'a member says which of them it has',
    {
      kind: 'contact-surveyed',
      contactAddress: ipv6('2001:db8:1::100'),
      epoch: 17,
      dead: ipv6('2001:db8:2::2'),
      clients: [{ client: ipv6('2001:db8:c::2'), taken: true }],
    },
    `20010db8000100000000000000000100 00000011 20010db8000200000000000000000002 0001
     20010db8000c00000000000000000002 01`,
  ],
];

const types = {
  'contact-bound': 40,
  'contact-entry': 38,
  'contact-survey': 46,
  'contact-surveyed': 47,
} as const;

for (const [name, frame, octets] of golden) {
  test(`${name}: the octets of ${frame.kind}`, () => {
    const expected = octets.replaceAll(/\s/g, '');
    const type = types[frame.kind as keyof typeof types];
    assert.deepEqual(writtenBody(frame), { type, body: Buffer.from(expected, 'hex') });
    assert.deepEqual(readBody(type, Buffer.from(expected, 'hex')), frame);
  });
}

test('types of the handoff’s own frames and values without meaning are not taken', () => {
  assert.equal(isGroupFrame({ kind: 'init' }), false);
  const heartbeat = Buffer.alloc(16 + 4 + 16 + 1 + 8);
  heartbeat[36] = 9;
  assert.throws(() => readBody(34, heartbeat), ProtocolError);
});

/** Octets as hexadecimal: a Buffer and a Uint8Array of the same octets are the same. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, item) =>
      item instanceof Uint8Array || item?.type === 'Buffer'
        ? Buffer.from(item.data ?? item).toString('hex')
        : item,
    ),
  );
}
