import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { decodePacket } from '../../analysis/capture/decode.ts';
import { type CapturedPacket, PcapReader } from '../../analysis/capture/pcap-reader.ts';
import { parseIpv6 } from '../../mip6/wire/ipv6-packet.ts';
import { tsharkFields } from '../support/capture-tshark.ts';

const golden = path.join(import.meta.dirname, 'golden', 'packets.pcap');
const ipv6 = 0x86dd;

function goldenPackets(): CapturedPacket[] {
  using reader = new PcapReader(golden);
  return [...reader.packets()];
}

function decode(packet: CapturedPacket): ReturnType<typeof decodePacket> {
  return decodePacket(packet);
}

/** Decodes the golden packet with this number; fails unless it is a good IPv6 packet. */
function logical(number: number): Extract<ReturnType<typeof decode>, { kind: 'ipv6' }> {
  const decoded = decode(goldenPackets()[number - 1]!);
  assert.equal(decoded.kind, 'ipv6');
  return decoded.kind === 'ipv6' ? decoded : assert.fail();
}

const fields = [
  'ipv6.src',
  'ipv6.dst',
  'ipv6.opt.mipv6.home_address',
  'ipv6.routing.mipv6.home_address',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.seq_raw',
  'tcp.ack_raw',
  'tcp.flags',
  'tcp.window_size_value',
  'tcp.len',
  'mip6.mhtype',
  'esp.spi',
  'udp.srcport',
  'icmpv6.type',
  'ipv6.routing.segleft',
] as const;
const mhTypes = [
  'binding-refresh-request',
  'home-test-init',
  'care-of-test-init',
  'home-test',
  'care-of-test',
  'binding-update',
  'binding-acknowledgement',
  'binding-error',
];

test('addresses, mobility headers and upper layers are read as tshark reads them', () => {
  const rows = tsharkFields(golden, fields);
  const packets = goldenPackets();
  assert.equal(packets.length, rows.length);
  for (const [index, packet] of packets.entries()) {
    const decoded = decode(packet);
    if (packet.protocol !== ipv6) {
      assert.deepEqual(decoded, { kind: 'foreign', etherType: packet.protocol });
      continue;
    }
    if (decoded.kind !== 'ipv6') assert.fail(`packet ${index + 1}: ${JSON.stringify(decoded)}`);
    const { tunnels, network, homeAddress = '', routedTo, upper } = decoded;
    const headers = [...tunnels, network];
    const [, , , home, , , , , , , , , , , , segmentsLeft] = rows[index]!;
    const own = [
      headers.map(({ source }) => source).join(),
      headers.map(({ destination }) => destination).join(),
      homeAddress,
      segmentsLeft === '0' ? home : (routedTo ?? ''),
      ...(upper.kind === 'tcp'
        ? [upper.sourcePort, upper.destinationPort, upper.sequence, upper.acknowledgement].map(String)
        : ['', '', '', '']),
      ...(upper.kind === 'tcp'
        ? [
            `0x${upper.flags.toString(16).padStart(4, '0')}`,
            String(upper.window),
            String(upper.payloadLength),
          ]
        : ['', '', '']),
      upper.kind === 'mobility' ? String(mhTypes.indexOf(upper.message.kind)) : '',
      upper.kind === 'esp' ? `0x${upper.spi.toString(16).padStart(8, '0')}` : '',
      upper.kind === 'udp' ? String(upper.sourcePort) : '',
      upper.kind === 'icmpv6' ? String(upper.type) : '',
      segmentsLeft,
    ];
    assert.deepEqual(own, rows[index], `packet ${index + 1}`);
  }
});

test('the walk over the headers agrees with mip6/wire', () => {
  for (const packet of goldenPackets().filter(({ protocol }) => protocol === ipv6)) {
    const decoded = decode(packet);
    const parsed = parseIpv6(packet.bytes);
    if (decoded.kind !== 'ipv6') assert.fail();
    assert.equal(parsed.source, decoded.outer.source);
    assert.equal(parsed.destination, decoded.outer.destination);
    if (decoded.tunnels.length === 0) assert.equal(parsed.homeAddressOption, decoded.homeAddress);
  }
});

test("the logical addresses are the home address's, at either end", () => {
  const fromCareOf = logical(3);
  assert.deepEqual([fromCareOf.source, fromCareOf.destination], ['2001:db8:1::100', '2001:db8:c::2']);
  const toCareOf = logical(4);
  assert.deepEqual([toCareOf.source, toCareOf.destination], ['2001:db8:c::2', '2001:db8:1::100']);
  const processed = logical(5);
  assert.deepEqual([processed.routedTo, processed.destination], [undefined, '2001:db8:1::100']);
});

test("a tunnelled packet has its tunnel's ends outside and its own inside", () => {
  const { tunnels, outer, network } = logical(14);
  assert.deepEqual(tunnels, [
    { source: '2001:db8:2::2', destination: '2001:db8:1::2' },
    { source: '2001:db8:1::1', destination: '2001:db8:1::2' },
  ]);
  assert.equal(outer, tunnels[0]);
  assert.deepEqual(network, { source: '2001:db8:1::100', destination: '2001:db8:c::2' });
});

test('messages come whole out of the capture', () => {
  const { upper } = logical(10);
  assert.deepEqual(upper, {
    kind: 'mobility',
    message: {
      kind: 'binding-update',
      sequence: 5,
      acknowledge: true,
      homeRegistration: false,
      linkLocalCompatibility: false,
      keyManagement: false,
      lifetimeSeconds: 420,
      options: [
        { kind: 'nonce-indices', homeNonceIndex: 3, careOfNonceIndex: 4 },
        {
          kind: 'binding-authorization-data',
          authenticator: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        },
      ],
    },
  });
});

test('of a payload cut by the snap length the length is whole and the front is there', () => {
  const { upper } = logical(2);
  if (upper.kind !== 'tcp') assert.fail();
  assert.equal(upper.payloadLength, 1000);
  assert.deepEqual(Buffer.from(upper.payloadPrefix), Buffer.alloc(256 - 40 - 32, 'x'));
});

test('a real fragment is neither TCP nor malformed', () => {
  assert.deepEqual(logical(17).upper, { kind: 'other', protocol: 44 });
});

test('cut at any octet a packet is read or reported, never thrown', () => {
  for (const packet of goldenPackets().filter(({ protocol }) => protocol === ipv6)) {
    const whole = decode(packet);
    if (whole.kind !== 'ipv6') assert.fail();
    for (let length = 0; length < packet.bytes.length; length++) {
      const cut = decode({ ...packet, bytes: packet.bytes.subarray(0, length) });
      if (cut.kind === 'malformed') assert.match(cut.reason, /cut by the snap length/);
      else assert.deepEqual([cut.kind, cut.kind === 'ipv6' && cut.source], ['ipv6', whole.source]);
    }
    const short = decode({ ...packet, originalLength: packet.originalLength - 1 });
    assert.equal(short.kind, 'malformed');
  }
});

test('any octet may be wrong without an exception', () => {
  for (const packet of goldenPackets().filter(({ protocol }) => protocol === ipv6)) {
    for (let at = 0; at < packet.bytes.length; at++) {
      for (const value of [0, 1, 0x29, 0x3c, 0x87, 0xff]) {
        const bytes = packet.bytes.slice();
        bytes[at] = value;
        decode({ ...packet, bytes });
      }
    }
  }
});

test('a record shorter than its link header is malformed', () => {
  const decoded = decode({ ...goldenPackets()[0]!, protocol: -1, bytes: new Uint8Array(0) });
  assert.deepEqual(decoded, { kind: 'malformed', reason: 'link header: cut short' });
});
