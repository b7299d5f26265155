import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  MOVABLE_OPTIONS,
  type MovableOption,
  type MovableOptionName,
  type MovedOptions,
  NO_OPTIONS,
  type OptionValue,
} from '../../linux/tcp/movable-options.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { decodeTcpState, encodeTcpState } from '../../linux/tcp/state-codec.ts';
import { ipv6, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
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
  options: NO_OPTIONS,
};

const word = fc.integer({ min: 0, max: 0xffffffff });
const queue = fc.uint8Array({ maxLength: 40 });
const scale = fc.integer({ min: 0, max: 14 });
const endpoint = record({
  address: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((octets) => ipv6FromBytes(octets)),
  port: fc.integer({ min: 1, max: 65535 }),
});
/** Any value that an option of this kind can have. */
function anyValue({ kind }: MovableOption): fc.Arbitrary<OptionValue> {
  switch (kind) {
    case 'name':
      return fc.stringMatching(/^[a-z][a-z0-9_-]{0,14}$/);
    case 'long':
      return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    default:
      return fc.bigInt({ min: -(2n ** 31n), max: 2n ** 31n - 1n });
  }
}

const movedOptions: fc.Arbitrary<MovedOptions> = fc
  .subarray([...MOVABLE_OPTIONS])
  .chain((some) =>
    fc
      .tuple(...some.map(anyValue))
      .map((values) => new Map(some.map(({ name }, index) => [name, values[index]!]))),
  );

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
  options: movedOptions,
  closed: fc.boolean(),
}).map(({ closed, ...state }) => (closed ? { ...state, windowClosed: true } : state));

/** A state of empty queues with these octets as its options. */
function withOptions(list: readonly number[]): Uint8Array {
  const octets = Uint8Array.of(...encodeTcpState(example), 0, list.length, ...list);
  octets[1]! |= 0x40;
  return octets;
}

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
    const options: MovedOptions = new Map<MovableOptionName, OptionValue>([
      ['TCP_KEEPIDLE', 30n],
      ['TCP_CONGESTION', 'reno'],
    ]);
    for (const state of [example, { ...example, options }]) {
      const octets = encodeTcpState({ ...state, sent: Uint8Array.of(1, 2, 3) });
      for (let length = 0; length < octets.length; length++) {
        assert.throws(() => decodeTcpState(octets.subarray(0, length)), DecodeError, `${length} octets`);
      }
      assert.throws(() => decodeTcpState(Uint8Array.of(...octets, 0)), DecodeError);
    }
  });

  test('socket options stand behind the queues, by numbers that stay', () => {
    const options: MovedOptions = new Map<MovableOptionName, OptionValue>([
      ['TCP_KEEPIDLE', 30n],
      ['TCP_CONGESTION', 'reno'],
      ['SO_MAX_PACING_RATE', 500_000n],
      ['IPV6_TCLASS', -1n],
    ]);
    const octets = Buffer.from(encodeTcpState({ ...example, sent: Uint8Array.of(9), options }));
    assert.equal(octets[1], 0x57, 'flags');
    assert.equal(
      octets.subarray(86).toString('hex'),
      // length; then number, length and value of each
      ['001c', '02040000001e', '060472656e6f', '1508000000000007a120', '1904ffffffff'].join(''),
    );
    assert.deepEqual(decodeTcpState(octets).options, options);
    assert.deepEqual(
      MOVABLE_OPTIONS.map(({ wire }) => wire),
      MOVABLE_OPTIONS.map((_, index) => index + 1),
      'a new option is put at the end, under the next number',
    );
  });

  test('a peer that has been told to send nothing is told by a number in place of an option’s, and other releases skip it', () => {
    const octets = encodeTcpState({ ...example, windowClosed: true });
    assert.equal(Buffer.from(octets.subarray(73)).toString('hex'), '0002ff00');
    const { windowClosed, options } = decodeTcpState(octets, assert.fail);
    assert.deepEqual([windowClosed, options.size], [true, 0]);
    assert.ok(!('windowClosed' in decodeTcpState(encodeTcpState(example))));
  });

  test('an option of another release is told and skipped, wherever it stands', () => {
    const known = [...encodeTcpState({ ...example, options: new Map([['TCP_KEEPIDLE', 30n]]) }).subarray(75)];
    for (const [list, unknown] of [
      [[200, 3, 1, 2, 3, ...known], '200 010203'],
      [[...known, 201, 0], '201 '],
    ] as const) {
      const told: string[] = [];
      const state = decodeTcpState(withOptions(list), (wire, value) =>
        told.push(`${wire} ${Buffer.from(value).toString('hex')}`),
      );
      assert.deepEqual([...state.options], [['TCP_KEEPIDLE', 30n]]);
      assert.deepEqual(told, [unknown]);
    }
  });

  for (const [what, list] of [
    ['no option at all', []],
    ['an option without a length', [2]],
    ['an option that ends beyond the options', [2, 5, 0, 0, 0, 1]],
    ['a number of another length', [2, 3, 0, 0, 1]],
    ['an option twice', [2, 4, 0, 0, 0, 1, 2, 4, 0, 0, 0, 1]],
    // Each is told: of one Init there must not be millions.
    ['an unknown option twice', [200, 0, 200, 0]],
    ['a name of 16 letters', [6, 16, ...Buffer.from('abcdefghijklmnop')]],
    ['an empty name', [6, 0]],
    ['a closed window with a value', [255, 1, 0]],
    ['a closed window twice', [255, 0, 255, 0]],
    ['a name that is a path', [6, 4, ...Buffer.from('../x')]],
  ] as const) {
    test(`refuses: ${what}`, () => assert.throws(() => decodeTcpState(withOptions(list)), DecodeError));
  }

  test('garbage gives a DecodeError or a state that encodes again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (octets, plausible) => {
        if (plausible && octets.length > 2) octets.set([1, octets[1]! & 127]);
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
    ['unknown flag', 1, 0x87],
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
    const tooLarge: readonly (readonly [MovableOptionName, OptionValue])[] = [
      ['TCP_KEEPIDLE', 2n ** 32n],
      ['SO_MAX_PACING_RATE', 2n ** 64n],
      ['TCP_CONGESTION', 'abcdefghijklmnop'],
    ];
    for (const option of tooLarge)
      assert.throws(() => encodeTcpState({ ...example, options: new Map([option]) }), DecodeError);
  });
});
