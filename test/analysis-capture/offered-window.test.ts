import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readUpper, type TcpSegment } from '../../analysis/capture/upper-layer.ts';
import { beyondBound, OfferedWindow } from '../../analysis/events/offered-window.ts';
import { TCP_FLAG } from '../../mip6/wire/tcp-header.ts';
import { tcpSegment } from '../support/capture-packets.ts';
import { client, contactAddress } from '../support/handoff-messages.ts';

interface Fields {
  readonly ack?: number;
  readonly window?: number;
  readonly flags?: number;
  readonly options?: readonly number[];
}

function segment({ ack = 0, window = 0, flags = TCP_FLAG.ack, options = [] }: Fields): TcpSegment {
  const fields = { from: 40_000, to: 8080, seq: 0, ack, window, flags, options: Buffer.from(options) };
  const { protocol, bytes } = tcpSegment(client, contactAddress, fields);
  const upper = readUpper(bytes, protocol, 0, bytes.length);
  assert.ok(upper.kind === 'tcp');
  return upper;
}

const { syn, ack, rst, fin } = TCP_FLAG;
/** Maximum segment size, padding, Window Scale. */
const scaled = (shift: number): readonly number[] => [2, 4, 5, 0xa0, 1, 3, 3, shift];

/** By acknowledgement and window field; the handshake has acknowledged the sequence number 1000. */
function offered(
  segments: readonly (readonly [number, number])[],
  { client = 6, server = 7 }: { readonly client?: number | 'none'; readonly server?: number | 'none' } = {},
): OfferedWindow {
  const optionsOf = (shift: number | 'none') => (shift === 'none' ? [] : scaled(shift));
  const window = new OfferedWindow(segment({ flags: syn, window: 65_535, options: optionsOf(client) }));
  window.fromServer(segment({ flags: syn | ack, window: 65_535, options: optionsOf(server) }));
  for (const [acknowledgement, field] of segments)
    window.fromClient(segment({ ack: acknowledgement, window: field }));
  return window;
}

test('the scale is read from the options of a SYN, and of nothing else', () => {
  const scaleOf = (options: readonly number[], flags: number = syn) =>
    segment({ flags, options }).windowScale;
  assert.equal(scaleOf(scaled(6)), 6);
  assert.equal(scaleOf(scaled(0)), 0);
  assert.equal(scaleOf([3, 3, 9, 0]), 9);
  assert.equal(scaleOf([3, 3, 15, 0]), 14, 'RFC 7323 §2.3');
  assert.equal(scaleOf(scaled(6), syn | ack), 6);
  assert.equal(scaleOf(scaled(6), ack), undefined);
  assert.equal(scaleOf([]), undefined);
  assert.equal(scaleOf([0, 3, 3, 6]), undefined, 'behind the end of the list');
  assert.equal(scaleOf([2, 0, 3, 3]), undefined, 'an option of no length');
  assert.equal(scaleOf([1, 1, 1, 3]), undefined, 'an option without its length');
  assert.equal(scaleOf([1, 1, 3, 3]), undefined, 'an option that reaches beyond the header');
  assert.equal(scaleOf([3, 2, 6, 6]), undefined, 'of another length');
});

test('a window is its field times the unit of the client’s SYN, where both ends scale', () => {
  const segments = [
    [1000, 100],
    [9000, 640],
  ] as const;
  assert.equal(offered(segments).largest, 640 * 64);
  assert.equal(offered(segments, { client: 0 }).largest, 640);
  assert.equal(offered(segments, { server: 'none' }).largest, 640);
  assert.equal(offered(segments, { client: 'none' }).largest, 640);
});

test('what the handshake offered stays open, and does not count', () => {
  // The window closes behind the offer of the handshake as data comes; only what reaches beyond it is the program's.
  const handshake = [1000, 1000] as const;
  assert.equal(offered([handshake]).largest, 0);
  assert.equal(offered([handshake, [1000 + 64, 999]]).largest, 0);
  // Rounded up each time.
  assert.equal(offered([handshake, [1000 + 100, 999], [1000 + 200, 998], [1000 + 300, 997]]).largest, 0);
  assert.equal(offered([handshake, [1000 + 63, 1000]]).largest, 0);
  assert.equal(offered([handshake, [1000 + 64, 1000]]).largest, 64_000);
  assert.equal(offered([handshake, [1000, 1100], [1000 + 64, 1099]]).largest, 0, 'before any data');
  assert.equal(offered([handshake, [1000, 900], [1000 + 64, 999]]).largest, 0, 'not taken back');
});

test('sequence numbers wrap', () => {
  const start = 2 ** 32 - 1000;
  assert.equal(
    offered([
      [start, 100],
      [200, 640],
    ]).largest,
    640 * 64,
  );
  assert.equal(
    offered([
      [start, 1000],
      [500, 10],
    ]).largest,
    0,
  );
});

test('resets, and segments that acknowledge nothing, offer nothing', () => {
  const window = offered([[1000, 100]]);
  for (const flags of [rst | ack, rst, fin]) window.fromClient(segment({ ack: 90_000, window: 5000, flags }));
  assert.equal(window.largest, 0);
  window.fromClient(segment({ ack: 90_000, window: 5000, flags: fin | ack }));
  assert.equal(window.largest, 5000 * 64);
});

test('a bound may be passed by less than a unit, to which the kernel rounds up', () => {
  const of = (field: number) =>
    offered([
      [1000, 1],
      [9000, field],
    ]);
  assert.equal(beyondBound(of(641), 640 * 64 + 1), undefined);
  assert.equal(beyondBound(of(640), 640 * 64), undefined);
  assert.equal(
    beyondBound(of(641), 640 * 64),
    'the client offered a receive window of 41024 octets where windowBytes is 40960',
  );
  assert.equal(beyondBound(of(4707), undefined), undefined);
});
