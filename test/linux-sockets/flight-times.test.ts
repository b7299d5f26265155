import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FlightTimes } from '../../linux/tcp/flight-times.ts';

const SEGMENT = 1388;

/** When each of `total` segments leaves, ms: a window of so many, a link that takes one in `eachMs`, and a round trip of `roundTripMs` for each. */
function departures(total: number, window: number, eachMs: number, roundTripMs: number): readonly number[] {
  const left: number[] = [];
  for (let index = 0; index < total; index++) {
    const acknowledged = index < window ? 0 : left[index - window]! + roundTripMs;
    left.push(Math.max(acknowledged, (left[index - 1] ?? -eachMs) + eachMs));
  }
  return left;
}

test('of a window that is less than its path holds it is told to the look when the last octet leaves, pauses and all', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 4, max: 60 }),
      fc.integer({ min: 2, max: 12 }),
      fc.integer({ min: 0, max: 400 }),
      fc.nat(59),
      fc.nat(1000),
      (window, eachMs, pauseMs, behind, moment) => {
        const unsent = 1 + (behind % (window - 1));
        const roundTripMs = window * eachMs + pauseMs;
        const left = departures(4 * window, window, eachMs, roundTripMs);
        const times = new FlightTimes();
        // Three flights have begun, some of the third is unsent, and nothing is written behind it.
        const sent = 3 * window - unsent;
        const now = left[sent - 1]! + (moment % Math.max(1, Math.ceil(left[sent]! - left[sent - 1]!)));
        for (let at = 0; at <= now; at++)
          times.note(at, SEGMENT * left.slice(0, sent).filter((one) => one <= at).length);
        const acknowledged = left.slice(0, sent).filter((one) => one + roundTripMs <= now).length;
        const flight = {
          acknowledged: acknowledged * SEGMENT,
          sent: sent * SEGMENT,
          unsent: unsent * SEGMENT,
        };
        const told = times.leavesInMs({ ...flight, roundTripMs }, now);
        fc.pre(acknowledged + window <= sent);
        assert.ok(told !== undefined && Math.abs(now + told - left[3 * window - 1]!) <= 1);
      },
    ),
    { numRuns: 500 },
  );
});

test('nothing is told of what left before the first look, or leaves a flight later', () => {
  const flight = { acknowledged: 10_000, sent: 30_000, unsent: 5000, roundTripMs: 200 };
  const never = new FlightTimes();
  assert.equal(never.leavesInMs(flight, 1000), undefined);
  const late = new FlightTimes();
  late.note(900, 16_000);
  assert.equal(late.leavesInMs(flight, 1000), undefined, '15,000 had left by then');
  late.note(950, 30_000);
  assert.equal(late.leavesInMs({ ...flight, unsent: 7000 }, 1000), 150);
  assert.equal(late.leavesInMs({ ...flight, unsent: 21_000 }, 1000), undefined);
  assert.equal(late.leavesInMs({ ...flight, unsent: 7000 }, 2000), 0, 'its acknowledgement is late');
});

test('however long a connection is looked at, samples are bounded, and the latest stay', () => {
  const times = new FlightTimes();
  for (let at = 0; at < 10_000; at++) times.note(at, at);
  const flight = { sent: 9999, roundTripMs: 100 };
  assert.equal(times.leavesInMs({ ...flight, acknowledged: 9900, unsent: 50 }, 10_000), 50);
  assert.equal(times.leavesInMs({ ...flight, acknowledged: 5000, unsent: 50 }, 10_000), undefined);
});
