import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { STANDING_OCTETS, standingOf } from '../../linux/tcp/standing.ts';

const none = [1];

/** A packet with this TCP header, behind a type 2 routing header or not. */
function packet(options: readonly number[], { flags = 0x10, routed = false } = {}): Buffer {
  const padded = [...options, ...Array.from({ length: (4 - (options.length % 4)) % 4 }, () => 0)];
  const tcp = Buffer.alloc(20 + padded.length);
  tcp.writeUInt32BE(0x0a0b0c0d, 4);
  tcp.writeUInt32BE(0xfffffff0, 8);
  tcp[12] = (tcp.length / 4) << 4;
  tcp[13] = flags;
  tcp.writeUInt16BE(500, 14);
  tcp.set(padded, 20);
  const ip = Buffer.alloc(40);
  ip[6] = routed ? 43 : 6;
  return Buffer.concat([ip, ...(routed ? [Buffer.alloc(24)] : []), tcp]);
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

const timestamps = [8, 10, ...u32(1), ...u32(77)];
const sack = (...edges: readonly number[]): number[] => [5, 2 + 4 * edges.length, ...edges.flatMap(u32)];

for (const routed of [false, true])
  test(`what a segment says of where its sender stands ${routed ? 'behind a routing header' : 'as it is'}`, () => {
    const options = [...none, ...none, ...timestamps, ...none, ...none, ...sack(0xfffffff8, 4, 20, 30)];
    assert.deepEqual(standingOf(packet(options, { routed })), {
      over: false,
      acknowledgement: 0xfffffff0,
      sequence: 0x0a0b0c0d,
      window: 500,
      timestampEcho: 77,
      // The highest edge, in sequence space.
      beyond: 46,
    });
    assert.ok(packet(options, { routed }).length <= STANDING_OCTETS);
  });

test('without options nothing is told of timestamps and of what came out of order; a reset is one', () => {
  const bare = standingOf(packet([]));
  assert.deepEqual([bare?.timestampEcho, bare?.beyond, bare?.over], [undefined, 0, false]);
  assert.equal(standingOf(packet([], { flags: 0x04 }))?.over, true);
  // A block that lies behind the acknowledgement says what has come twice (RFC 2883).
  assert.equal(standingOf(packet(sack(0xffffff00, 0xffffff10)))?.beyond, 0);
});

test('whatever the octets are, reading them ends', () => {
  const whole = packet([...timestamps, ...sack(1, 2, 3, 4)]);
  for (let length = 0; length < whole.length; length++)
    assert.equal(standingOf(whole.subarray(0, length)), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (options) => {
      const standing = standingOf(packet([...options.subarray(0, 40)]));
      assert.ok(standing === undefined || standing.beyond >= 0);
    }),
  );
});
