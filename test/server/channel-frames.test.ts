import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import { ipv6, ipv6FromBytes } from '../../mip6/wire/address.ts';
import {
  type AnyChannelFrame,
  encodeFrame,
  FrameReader,
  type HandoffFrame,
} from '../../server/channel/channel-frames.ts';
import {
  LARGEST_INIT_OCTETS,
  LARGEST_PADDING_OCTETS,
  LARGEST_STATES_OCTETS,
  LONGEST_LIST,
  MOST_CONNECTIONS,
} from '../../server/channel/frame-limits.ts';

const address = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(ipv6FromBytes);
const octets = (maxLength: number) => fc.uint8Array({ maxLength });
const handoff = fc.nat({ max: 0xffffffff });
const sequence = fc.nat({ max: 0xffff });
const frames: fc.Arbitrary<AnyChannelFrame> = fc.oneof(
  fc.record({ kind: fc.constant('hello' as const), careOfAddress: address, incarnation: handoff }),
  fc.record({ kind: fc.constant('prepare' as const), handoff, client: address, contactAddress: address }),
  fc.record({
    kind: fc.constant('init' as const),
    handoff,
    client: address,
    contactAddress: address,
    sequence,
    tcpState: octets(3000),
    applicationState: octets(100),
  }),
  fc.record({ kind: fc.constant('done' as const), handoff, sequence }),
  fc.record({ kind: fc.constant('refuse' as const), handoff, bound: fc.boolean(), reason: fc.string() }),
  fc.record({
    kind: fc.constantFrom(...(['cancel', 'released', 'ask', 'here', 'claim', 'grant'] as const)),
    handoff,
  }),
  fc.record({ kind: fc.constant('member-list' as const), members: fc.array(address, { maxLength: 20 }) }),
  fc.record({
    kind: fc.constant('member-status' as const),
    status: fc.constantFrom('joining' as const, 'serving' as const, 'leaving' as const),
    clients: handoff,
  }),
  fc.record({ kind: fc.constant('member-left' as const) }),
  fc.record({ kind: fc.constant('client-probe' as const), client: address }),
  fc.record({ kind: fc.constant('client-distance' as const), client: address }),
  fc.record({
    kind: fc.constant('client-distance' as const),
    client: address,
    roundTripMs: fc.nat({ max: 10_000_000 }).map((microseconds) => microseconds / 1000),
  }),
  fc.record({ kind: fc.constant('padding' as const), octets: fc.nat({ max: 5000 }) }),
);

test('frames survive any cutting of the stream into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(frames, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 700 }),
      (sent, chunk) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
        const reader = new FrameReader();
        const received: AnyChannelFrame[] = [];
        for (let at = 0; at < stream.length; at += chunk)
          received.push(...reader.push(stream.subarray(at, at + chunk)));
        assert.deepEqual(received.map(sorted), sent.map(sorted));
      },
    ),
  );
});

test('a frame of an unknown type, of length zero or cut short inside is refused', () => {
  assert.throws(() => new FrameReader().push(Buffer.from([0, 0, 0, 1, 99])), ProtocolError);
  assert.throws(() => new FrameReader().push(Buffer.from([0, 0, 0, 0, 1])), ProtocolError);
  assert.throws(() => new FrameReader().push(Buffer.from([0, 0, 0, 3, 4, 0, 0])), ProtocolError);
  assert.throws(() => new FrameReader().push(Buffer.from([0, 0, 0, 6, 49, 7, 0, 0, 0, 0])), ProtocolError);
  assert.throws(() => new FrameReader().push(Buffer.from([0, 0, 0, 3, 48, 1, 2])), ProtocolError);
  assert.throws(() => new FrameReader().push(Buffer.from([0xff, 0xff, 0xff, 0xff, 1])), ProtocolError);
});

test('a list of members is no longer than any server is large', () => {
  const list = (length: number) =>
    encodeFrame({ kind: 'member-list', members: Array(length).fill(ipv6('2001:db8::1')) });
  assert.equal(new FrameReader().push(list(LONGEST_LIST)).length, 1);
  assert.throws(() => new FrameReader().push(list(LONGEST_LIST + 1)), ProtocolError);
});

test('who writes a frame checks what its reader checks: one octet too many does not leave', () => {
  const member = ipv6('2001:db8::1');
  const init = (octets: number, forwarded: number): HandoffFrame => ({
    kind: 'init',
    handoff: 1,
    client: member,
    contactAddress: member,
    sequence: 1,
    tcpState: Uint8Array.of(1),
    applicationState: new Uint8Array(octets - 1),
    ...(forwarded === 0 ? {} : { forwarded: Array(forwarded).fill({ clientPort: 1, servicePort: 2 }) }),
  });
  const reads = (frame: AnyChannelFrame): boolean => new FrameReader().push(encodeFrame(frame)).length === 1;
  // Everything that a donor lets pass is carried, with all that can stand around it.
  for (const forwarded of [0, MOST_CONNECTIONS]) {
    const frame = init(LARGEST_STATES_OCTETS, forwarded);
    assert.ok(reads(frame));
    assert.ok(reads({ kind: 'of-contact', contactAddress: member, frame }));
  }
  for (const frame of [
    init(LARGEST_INIT_OCTETS, 0),
    init(1, 256),
    { kind: 'of-contact', contactAddress: member, frame: init(LARGEST_INIT_OCTETS, 0) },
    { kind: 'padding', octets: LARGEST_PADDING_OCTETS + 1 },
    { kind: 'member-list', members: Array(LONGEST_LIST + 1).fill(member) },
    { kind: 'done', handoff: 2 ** 32, sequence: 1 },
    { kind: 'done', handoff: 1, sequence: 2 ** 16 },
    { kind: 'done', handoff: 1, sequence: -1 },
    { kind: 'member-status', status: 'serving', clients: 0.5 },
  ] as const satisfies readonly AnyChannelFrame[])
    assert.throws(() => encodeFrame(frame), ProtocolError, frame.kind);
  assert.throws(
    () => encodeFrame(init(LARGEST_INIT_OCTETS, 0)),
    new RegExp(`${LARGEST_INIT_OCTETS} at most`),
  );
});

test('a frame of a further contact address has that address in front of its own type and body', () => {
  const contactAddress = ipv6('2001:db8:1:2::101');
  const octets = encodeFrame({
    kind: 'of-contact',
    contactAddress,
    frame: { kind: 'done', handoff: 0x01020304, sequence: 0x0506 },
  });
  assert.equal(
    Buffer.from(octets).toString('hex'),
    '00000018' + '2d' + '20010db8000100020000000000000101' + '04' + '01020304' + '0506',
  );
  // Neither a greeting nor another such frame stands in one.
  for (const inner of [1, 8, 45])
    assert.throws(
      () => new FrameReader().push(Buffer.from([0, 0, 0, 18, 45, ...Buffer.alloc(16, 1), inner])),
      ProtocolError,
    );
});

test('an Init with an empty socket (90 octets) and a small application state is one packet', () => {
  const frame = encodeFrame({
    kind: 'init',
    handoff: 1,
    client: ipv6('2001:db8:c::2'),
    contactAddress: ipv6('2001:db8:1::100'),
    sequence: 7,
    tcpState: new Uint8Array(90),
    applicationState: new Uint8Array(200),
  });
  assert.ok(frame.length < 1000, `${frame.length} octets`);
});

/** Octets as hexadecimal, whether they came as Buffer or as Uint8Array. */
function sorted(frame: object): unknown {
  return Object.entries(frame)
    .sort()
    .map(([name, value]: [string, unknown]) => [name, plain(value)]);
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' && value !== null ? sorted(value) : value;
}
