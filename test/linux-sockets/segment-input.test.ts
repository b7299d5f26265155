import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentInput } from '../../linux/tcp/segment-input.ts';
import { ipv6, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { upperLayerChecksum } from '../../mip6/wire/checksum.ts';

const client = ipv6('2001:db8:c::2');
const home = ipv6('2001:db8:1::100');
const careOf = ipv6('2001:db8:1::2');
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** A segment of the client's, from the IPv6 header on; under route optimisation with a type 2 routing header (RFC 6275 §6.4). */
function packet({
  flags = ACK,
  payload = 'octets',
  options = 0,
  routed = false,
  fragment = false,
} = {}): Buffer {
  const tcp = Buffer.alloc(20 + options);
  tcp.writeUInt16BE(40001, 0);
  tcp.writeUInt16BE(8080, 2);
  tcp.writeUInt32BE(0xfffffffe, 4);
  tcp[12] = ((20 + options) / 4) << 4;
  tcp[13] = flags;
  const segment = Buffer.concat([tcp, Buffer.from(payload)]);
  segment.writeUInt16BE(upperLayerChecksum(segment, client, home, 6), 16);
  const routing = Buffer.concat([Buffer.from([6, 2, 2, 1, 0, 0, 0, 0]), ipv6ToBytes(home)]);
  const piece = Buffer.from([6, 0, 0, 1, 0, 0, 0, 7]);
  const body = Buffer.concat([...(routed ? [routing] : []), ...(fragment ? [piece] : []), segment]);
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(body.length, 4);
  header[6] = routed ? 43 : fragment ? 44 : 6;
  return Buffer.concat([header, ipv6ToBytes(client), ipv6ToBytes(routed ? careOf : home), body]);
}

const expected = (octets: string, ends = false) => ({
  ...{ source: client, sourcePort: 40001, sequence: 0xfffffffe, ends },
  octets: Buffer.from(octets),
});

test('what a segment brings is read by either way, behind options, with the client’s end', () => {
  assert.deepEqual(segmentInput(packet()), expected('octets'));
  assert.deepEqual(segmentInput(packet({ routed: true })), expected('octets'));
  assert.deepEqual(segmentInput(packet({ options: 40 })), expected('octets'));
  assert.deepEqual(segmentInput(packet({ flags: ACK | FIN, payload: '' })), expected('', true));
  // The link pads what is short.
  assert.deepEqual(segmentInput(Buffer.concat([packet(), Buffer.alloc(6)])), expected('octets'));
});

test('an acknowledgement, a reset, an opening and what the kernel drops bring nothing', () => {
  assert.equal(segmentInput(packet({ payload: '' })), 'nothing');
  assert.equal(segmentInput(packet({ flags: RST })), 'nothing');
  assert.equal(segmentInput(packet({ flags: SYN })), 'nothing');
  const changed = packet();
  changed[changed.length - 1]! ^= 1;
  assert.equal(segmentInput(changed), 'nothing');
  assert.equal(segmentInput(packet().subarray(0, 62)), 'nothing');
});

test('a piece of a packet is not let pass: what the whole brings nobody sees', () => {
  assert.equal(segmentInput(packet({ fragment: true })), 'unreadable');
});
