import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type FrameExtent,
  PlainFrameScanner,
  readFrameHeader,
} from '../../analysis/events/channel-frames.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { channelFrame } from '../support/capture-packets.ts';
import { framesOfVersion0, goldenFrames } from '../support/golden-frames.ts';

const snap = 180;
const contact = { address: ipv6('2001:db8:1:2::101'), octets: '20010db8000100020000000000000101' };
const kinds = [undefined, 'hello', 'prepare', 'init', 'done', 'refuse'] as const;

interface Segment {
  readonly offset: number;
  readonly bytes: Buffer;
}

function scan(segments: readonly Segment[]): { frames: FrameExtent[]; unreadable: number } {
  const scanner = new PlainFrameScanner();
  const frames = segments.flatMap(({ offset, bytes }) => [
    ...scanner.segment(offset, bytes.length, bytes.subarray(0, snap)),
  ]);
  return { frames, unreadable: scanner.unreadable };
}

/** A stream of frames, one `send()` each, in segments of at most `mss`; and the extents of the frames. */
function stream(
  frames: readonly { type: number; body: number; further?: boolean }[],
  mss: number,
): { segments: Segment[]; extents: FrameExtent[] } {
  const segments: Segment[] = [];
  const extents: FrameExtent[] = [];
  let at = 0;
  for (const { type, body, further = false } of frames) {
    const bytes = channelFrame(type, body, further ? contact.octets : '');
    extents.push({
      kind: kinds[type]!,
      ...(further ? { contactAddress: contact.address } : {}),
      octets: bytes.length,
      start: at,
      end: at + bytes.length,
    });
    for (let from = 0; from < bytes.length; from += mss) {
      segments.push({ offset: at + from, bytes: bytes.subarray(from, from + mss) });
    }
    at += bytes.length;
  }
  return { segments, extents };
}

const frameList = fc.array(
  fc.record({
    type: fc.integer({ min: 1, max: 5 }),
    body: fc.integer({ min: 0, max: 5000 }),
    further: fc.boolean(),
  }),
  {
    minLength: 1,
    maxLength: 12,
  },
);

test('every frame is found, in order, whatever its length', () => {
  fc.assert(
    fc.property(frameList, fc.integer({ min: 200, max: 1388 }), (list, mss) => {
      const { segments, extents } = stream(list, mss);
      assert.deepEqual(scan(segments), { frames: extents, unreadable: 0 });
    }),
  );
});

test('segments may come twice and out of order', () => {
  fc.assert(
    fc.property(frameList, fc.infiniteStream(fc.nat()), (list, random) => {
      const { segments, extents } = stream(list, 1000);
      const shuffled = [...segments, ...segments]
        .map((segment) => ({ segment, key: random.next().value ?? 0 }))
        .sort((a, b) => a.key - b.key)
        .map(({ segment }) => segment);
      assert.deepEqual(scan(shuffled), { frames: extents, unreadable: 0 });
    }),
  );
});

test('small frames joined in one segment, and a header split between two, are found', () => {
  const bytes = Buffer.concat([channelFrame(2, 36), channelFrame(4, 6), channelFrame(3, 91)]);
  const cut = 41 + 11 + 3;
  const segments = [
    { offset: 0, bytes: bytes.subarray(0, cut) },
    { offset: cut, bytes: bytes.subarray(cut) },
  ];
  assert.deepEqual(scan(segments), {
    frames: [
      { kind: 'prepare', octets: 41, start: 0, end: 41 },
      { kind: 'done', octets: 11, start: 41, end: 52 },
      { kind: 'init', octets: 96, start: 52, end: 148 },
    ],
    unreadable: 0,
  });
});

test('a header that the snap length cut away is counted, and the next segment starts afresh', () => {
  const hidden = Buffer.concat([channelFrame(3, 400), channelFrame(4, 6)]);
  const segments = [
    { offset: 0, bytes: hidden },
    { offset: hidden.length, bytes: channelFrame(2, 36) },
  ];
  assert.deepEqual(scan(segments), {
    frames: [
      { kind: 'init', octets: 405, start: 0, end: 405 },
      { kind: 'prepare', octets: 41, start: hidden.length, end: hidden.length + 41 },
    ],
    unreadable: 1,
  });
});

test('an unknown type and an absurd length are counted', () => {
  assert.deepEqual(scan([{ offset: 0, bytes: channelFrame(77, 10) }]), { frames: [], unreadable: 1 });
  const absurd = Buffer.from([0x7f, 0, 0, 0, 3, 0, 0]);
  assert.deepEqual(scan([{ offset: 0, bytes: absurd }]), { frames: [], unreadable: 1 });
});

test('the frames of an independent encoder, and of releases before, are read as the kinds that they are', () => {
  for (const { frame, octets } of [...goldenFrames().frames, ...framesOfVersion0()]) {
    const enclosed = frame.kind === 'of-contact';
    const kind = enclosed ? frame.frame.kind : frame.kind;
    const about = enclosed ? { contactAddress: frame.contactAddress } : {};
    assert.deepEqual(readFrameHeader(octets), { kind, octets: octets.length, ...about });
  }
});
