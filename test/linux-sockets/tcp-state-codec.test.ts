import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { decodeTcpState, encodeTcpState } from '../../linux/tcp/state-codec.ts';
import { ipv6, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/errors.ts';
import { record } from '../support/wire-arbitraries.ts';

const PAPER_OCTETS = 90;
const EMPTY = new Uint8Array(0);

const example: TcpConnectionState = {
  local: { address: ipv6('2001:db8:1::100'), port: 8080 },
  remote: { address: ipv6('2001:db8:c::2'), port: 34014 },
  sendUnacknowledged: 0x01020304,
  receiveNext: 0xfffefdfc,
  received: EMPTY,
  sent: EMPTY,
  unsent: EMPTY,
  maximumSegmentSize: 1440,
  windowScale: { send: 7, receive: 10 },
  selectiveAcknowledgement: true,
  timestamp: 0x0a0b0c0d,
  window: { lastUpdateSequence: 1, send: 65536, largestSend: 65537, receive: 3, receiveUpdate: 4 },
  noDelay: false,
  receivedFin: false,
};

const word = fc.integer({ min: 0, max: 0xffffffff });
const queue = fc.uint8Array({ maxLength: 40 });
const scale = fc.integer({ min: 0, max: 14 });
const endpoint = record({
  address: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => ipv6FromBytes(octets)),
  port: fc.integer({ min: 1, max: 65535 }),
});
const states: fc.Arbitrary<TcpConnectionState> = record({
  local: endpoint,
  remote: endpoint,
  sendUnacknowledged: word,
  receiveNext: word,
  received: queue,
  sent: queue,
  unsent: queue,
  maximumSegmentSize: fc.integer({ min: 1, max: 65535 }),
  windowScale: fc.option(record({ send: scale, receive: scale }), { nil: undefined }),
  selectiveAcknowledgement: fc.boolean(),
  timestamp: fc.option(word, { nil: undefined }),
  window: record({
    lastUpdateSequence: word,
    one: word,
    other: word,
    receive: word,
    receiveUpdate: word,
  }).map(({ one, other, ...rest }) => ({
    ...rest,
    send: Math.min(one, other),
    largestSend: Math.max(one, other),
  })),
  noDelay: fc.boolean(),
  receivedFin: fc.boolean(),
});

describe('TCP state codec', () => {
  test('an empty connection takes no more than the paper’s 90 octets', () => {
    const octets = encodeTcpState(example);
    assert.ok(octets.length <= PAPER_OCTETS, `${octets.length}`);
    const expected = [
      '01', // version
      '07', // window scale, SACK, timestamps
      '05a0', // segment size
      '7a', // scales
      '20010db8000100000000000000000100',
      '20010db8000c00000000000000000002',
      '1f90',
      '84de',
      '01020304',
      'fffefdfc',
      '0a0b0c0d',
      '0000000100010000000100010000000300000004',
    ];
    assert.equal(Buffer.from(octets).toString('hex'), expected.join(''));
  });

  test('round trip', () => {
    fc.assert(fc.property(states, (state) => assert.deepEqual(decodeTcpState(encodeTcpState(state)), state)));
  });

  test('every truncation and every extension is refused', () => {
    const octets = encodeTcpState({ ...example, sent: Uint8Array.of(1, 2, 3) });
    for (let length = 0; length < octets.length; length++) {
      assert.throws(() => decodeTcpState(octets.subarray(0, length)), DecodeError, `${length} octets`);
    }
    assert.throws(() => decodeTcpState(Uint8Array.of(...octets, 0)), DecodeError);
  });

  test('garbage gives a DecodeError or a state that encodes again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (octets, plausible) => {
        if (plausible && octets.length > 2) octets.set([1, octets[1]! & 63]);
        try {
          encodeTcpState(decodeTcpState(octets));
        } catch (error) {
          assert.ok(error instanceof DecodeError);
        }
      }),
    );
  });

  for (const [what, at, octet] of [
    ['version', 0, 2],
    ['unknown flag', 1, 0x47],
    ['scale above 14', 4, 0xf0],
  ] as const) {
    test(`refuses: ${what}`, () => {
      const octets = encodeTcpState(example);
      octets[at] = octet;
      assert.throws(() => decodeTcpState(octets), DecodeError);
    });
  }

  test('refuses to encode what has no wire form', () => {
    assert.throws(() => encodeTcpState({ ...example, windowScale: { send: 15, receive: 0 } }), DecodeError);
    assert.throws(() => encodeTcpState({ ...example, sendUnacknowledged: 2 ** 32 }), DecodeError);
  });
});
