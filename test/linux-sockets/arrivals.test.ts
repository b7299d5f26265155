import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrivalsFrom } from '../../linux/tcp/arrivals.ts';

const SEGMENT = 1424;
const ms = (value: number): number => value * 1000;
/** A peer that fills a window of 1 MB in each round trip of 80 ms. */
const streaming = {
  announcedSegment: SEGMENT,
  readInRoundTrip: 1_000_000,
  roundTrip: ms(80),
  receiversRoundTrip: ms(80),
  lastData: 3,
};

test('a peer that fills its window streams, and the longer measure counts: what waits at the bottleneck is under way, too', () => {
  assert.deepEqual(arrivalsFrom(streaming), { roundTripMs: 80, sinceMs: 3, streams: true });
  const queued = arrivalsFrom({ ...streaming, receiversRoundTrip: ms(400) });
  assert.deepEqual([queued.roundTripMs, queued.streams], [400, true]);
  assert.equal(arrivalsFrom({ ...streaming, receiversRoundTrip: ms(20) }).roundTripMs, 80);
  // No queue is longer.
  assert.equal(arrivalsFrom({ ...streaming, receiversRoundTrip: ms(5000) }).roundTripMs, 1080);
});

test('so does one behind a slow link whose queue is full', () => {
  // 1 Mbit/s with 200 kB before it, over a way that takes 80 ms where nothing waits.
  const slow = { ...streaming, readInRoundTrip: 200_000, receiversRoundTrip: ms(1600) };
  assert.deepEqual(arrivalsFrom(slow), { roundTripMs: 1080, sinceMs: 3, streams: true });
});

test('the pauses of a peer that sends a little now and then are no round trip', () => {
  // 517 octets every 302 ms: the window's 64 kB have taken 38 s, and were read in that time.
  const paced = { ...streaming, readInRoundTrip: 65_535, receiversRoundTrip: ms(38_000), lastData: 250 };
  assert.deepEqual(arrivalsFrom(paced), { roundTripMs: 80, sinceMs: 250, streams: false });
  const asking = { ...streaming, readInRoundTrip: 10 * SEGMENT, receiversRoundTrip: ms(300) };
  assert.deepEqual(arrivalsFrom(asking), { roundTripMs: 80, sinceMs: 3, streams: false });
  assert.equal(arrivalsFrom({ ...asking, receiversRoundTrip: 0 }).streams, false);
  assert.equal(
    arrivalsFrom({ ...asking, readInRoundTrip: 10 * SEGMENT + 1, receiversRoundTrip: 0 }).streams,
    true,
  );
});

test('of a socket that has sent nothing yet the receiver’s measure is all there is, up to a second', () => {
  const restored = { ...streaming, roundTrip: 0 };
  assert.deepEqual(arrivalsFrom(restored), { roundTripMs: 80, sinceMs: 3, streams: true });
  const paused = { ...restored, readInRoundTrip: 0, receiversRoundTrip: ms(38_000) };
  assert.deepEqual(arrivalsFrom(paused), { roundTripMs: 1000, sinceMs: 3, streams: false });
});
