import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { segmentInput } from '../../linux/tcp/segment-input.ts';
import { ipv6, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { upperLayerChecksum } from '../../mip6/wire/checksum.ts';

const client = ipv6('2001:db8:c::2');
const away = ipv6('2001:db8:d::7');
const home = ipv6('2001:db8:1::100');
const careOf = ipv6('2001:db8:1::2');
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** Extension headers by the number that announces them, all but their first octet. */
const HEADERS = {
  type2: [43, [2, 2, 1, 0, 0, 0, 0, ...ipv6ToBytes(home)]],
  /** of another type, with nothing left to visit: the kernel steps over it */
  type4: [43, [2, 4, 0, 0, 0, 0, 0, ...ipv6ToBytes(careOf)]],
  hopByHop: [0, [0, 1, 4, 0, 0, 0, 0]],
  destination: [60, [0, 1, 4, 0, 0, 0, 0]],
  homeAddress: [60, [2, 1, 2, 0, 0, 0xc9, 16, ...ipv6ToBytes(client)]],
  fragment: [44, [0, 0, 1, 0, 0, 0, 7]],
  wholeFragment: [44, [0, 0, 0, 0, 0, 0, 7]],
  authentication: [51, [4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, ...new Array(12).fill(7)]],
} as const;
type Header = keyof typeof HEADERS;

interface Made {
  readonly flags?: number;
  readonly payload?: string;
  readonly options?: readonly number[];
  readonly before?: readonly Header[];
  readonly destination?: string;
}

/** A segment of the client's, from the IPv6 header on. */
function packet({
  flags = ACK,
  payload = 'octets',
  options = [],
  before = [],
  destination = home,
}: Made = {}): Buffer {
  const tcp = Buffer.alloc(20 + options.length);
  tcp.writeUInt16BE(40001, 0);
  tcp.writeUInt16BE(8080, 2);
  tcp.writeUInt32BE(0xfffffffe, 4);
  tcp.writeUInt32BE(0x1234_5678, 8);
  tcp[12] = ((20 + options.length) / 4) << 4;
  tcp[13] = flags;
  tcp.set(options, 20);
  const segment = Buffer.concat([tcp, Buffer.from(payload)]);
  segment.writeUInt16BE(upperLayerChecksum(segment, client, ipv6(destination), 6), 16);
  const chain: Buffer[] = [];
  let next = 6;
  for (const name of [...before].reverse()) {
    const [number, rest] = HEADERS[name];
    chain.unshift(Buffer.from([next, ...rest]));
    next = number;
  }
  const body = Buffer.concat([...chain, segment]);
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(body.length, 4);
  header[6] = next;
  const from = before.includes('homeAddress') ? away : client;
  const to = before.includes('type2') ? careOf : ipv6(destination);
  return Buffer.concat([header, ipv6ToBytes(from), ipv6ToBytes(to), body]);
}

const ends = { from: { address: client, port: 40001 }, to: { address: home, port: 8080 } };

const expected = (octets: string, end = false, timestamp?: number) => ({
  kind: 'input',
  ends,
  input: {
    ...{ sequence: 0xfffffffe, acknowledgement: 0x1234_5678, timestamp, ends: end },
    octets: Buffer.from(octets),
  },
});

test('what a segment brings is read behind options, with the client’s end and its timestamp', () => {
  assert.deepEqual(segmentInput(packet()), expected('octets'));
  assert.deepEqual(segmentInput(packet({ options: new Array(40).fill(1) })), expected('octets'));
  assert.deepEqual(segmentInput(packet({ flags: ACK | FIN, payload: '' })), expected('', true));
  const timestamps = [1, 1, 8, 10, 0xfe, 0xdc, 0xba, 0x98, 0, 0, 0, 7];
  assert.deepEqual(segmentInput(packet({ options: timestamps })), expected('octets', false, 0xfedc_ba98));
  // The link pads what is short.
  assert.deepEqual(segmentInput(Buffer.concat([packet(), Buffer.alloc(6)])), expected('octets'));
});

test('whatever headers stand before it: the kernel steps over them, and so does who reads', () => {
  for (const before of [
    ['type2'],
    ['type4'],
    ['hopByHop', 'type2', 'destination'],
    ['destination', 'type4'],
    ['homeAddress'],
    ['type2', 'homeAddress'],
    ['wholeFragment'],
  ] as const)
    assert.deepEqual(segmentInput(packet({ before })), expected('octets'), before.join());
});

test('no order of headers, and nothing that is cut off, makes a segment with octets harmless', () => {
  const names = Object.keys(HEADERS).filter((name) => name !== 'authentication') as Header[];
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...names), { maxLength: 4 }),
      fc.constantFrom(ACK, ACK | FIN, FIN, 0),
      fc.nat(200),
      (before, flags, cut) => {
        const whole = packet({ before, flags });
        const reading = segmentInput(whole);
        assert.notEqual(reading.kind, 'harmless');
        if (reading.kind === 'input') assert.deepEqual(reading.ends, ends);
        const part = segmentInput(whole.subarray(0, Math.max(0, whole.length - 1 - cut)));
        assert.equal(part.kind, 'unreadable');
      },
    ),
    { numRuns: 1000 },
  );
});

test('an acknowledgement, a reset and an opening bring nothing, and what is in an envelope comes by once more', () => {
  const harmless = { kind: 'harmless' };
  assert.deepEqual(segmentInput(packet({ payload: '' })), harmless);
  assert.deepEqual(segmentInput(packet({ payload: '', before: ['type2'] })), harmless);
  assert.deepEqual(segmentInput(packet({ flags: RST })), harmless);
  assert.deepEqual(segmentInput(packet({ flags: SYN })), harmless);
  assert.deepEqual(segmentInput(packet({ before: ['authentication'] })), harmless);
});

test('what the kernel may take by another reading than this one is not let pass', () => {
  const changed = packet();
  changed[changed.length - 1]! ^= 1;
  const readings = [
    changed,
    // a piece of a packet: what the whole brings nobody sees
    packet({ before: ['fragment'] }),
    packet({ before: ['type2', 'fragment'] }),
    packet({ flags: 0 }),
  ].map((octets) => segmentInput(octets));
  for (const reading of readings) assert.deepEqual(reading, { kind: 'unreadable', ends });
  // longer than its own header says, or than what a queue copies
  const jumbo = packet();
  jumbo.writeUInt16BE(0, 4);
  assert.deepEqual(segmentInput(jumbo), { kind: 'unreadable' });
  assert.deepEqual(segmentInput(packet().subarray(0, 62)), { kind: 'unreadable' });
  assert.deepEqual(segmentInput(new Uint8Array(0)), { kind: 'unreadable' });
});

test('whose it is, is known of a piece of a packet, too: those of others pass', () => {
  const other = '2001:db8:1::200';
  const reading = segmentInput(packet({ before: ['fragment'], destination: other }));
  assert.deepEqual(reading, {
    kind: 'unreadable',
    ends: { ...ends, to: { address: ipv6(other), port: 8080 } },
  });
});
