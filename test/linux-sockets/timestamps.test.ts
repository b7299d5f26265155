import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  timestampsBehind,
  timestampsBehindAnother,
  timestampsBeyondEchoes,
} from '../../linux/tcp/timestamps.ts';

/** Linux 6.1, net/ipv4/tcp_input.c, tcp_ack_update_rtt(): a round trip is taken from a lesser difference. */
const TAKEN_BELOW_MS = Math.floor(2 ** 31 / 1000);
/** Longer than any handoff or reclaim takes, ms. */
const WHILE_MS = 1_800_000;

const timestamp = fc.nat(0xffffffff);
const begins = fc.constantFrom(timestampsBehind, timestampsBeyondEchoes);
const later = fc.nat(WHILE_MS);
/** ms from `earlier` to `now`, as kernels reckon: 32 bits that wrap */
const since = (earlier: number, now: number): number => (now - earlier) >>> 0;
/** RFC 7323 §5.3: the peer drops a segment whose timestamp is behind the last that it took. */
const isDropped = (value: number, recent: number): boolean => ((value - recent) | 0) < 0;

function holds<Values extends [unknown, ...unknown[]]>(property: fc.IPropertyWithHooks<Values>): void {
  fc.assert(property, { numRuns: 2000 });
}

describe('timestamps of a re-created socket', () => {
  test('no round trip is taken from an echo of whoever had the connection before, however late it comes', () => {
    holds(
      fc.property(timestamp, fc.nat(60_000), later, (told, older, elapsed) => {
        const now = timestampsBeyondEchoes(told) + elapsed;
        assert.ok(since((told - older) >>> 0, now) >= TAKEN_BELOW_MS);
      }),
    );
  });
  test('the peer takes them, and a round trip is taken from an echo of its own', () => {
    holds(
      fc.property(timestamp, begins, fc.nat(60_000), (told, of, elapsed) => {
        const begin = of(told);
        assert.ok(!isDropped(begin, told));
        assert.ok(since(begin, begin + elapsed) < TAKEN_BELOW_MS);
      }),
    );
  });
  test('a thousand handoffs of a silent connection do not go beyond what the peer takes', () => {
    holds(
      fc.property(timestamp, (told) => {
        let begin = told;
        for (let count = 0; count < 1000; count++) begin = timestampsBehind(begin);
        assert.ok(!isDropped(begin, told) && since(told, begin) <= 1);
      }),
    );
  });
  test('a donor that goes on again is behind neither its own nor the acceptor’s, and takes a round trip of neither', () => {
    holds(
      fc.property(timestamp, later, fc.nat(2000), begins, (told, elapsed, ahead, of) => {
        // The acceptor's begin where Init says, which may be ahead of the donor's for what it still sends, and go on as fast.
        const acceptors = of(told + ahead) + elapsed;
        const now = timestampsBehindAnother((told + elapsed) >>> 0);
        assert.ok(!isDropped(now, acceptors >>> 0));
        assert.ok(since(told, now) >= TAKEN_BELOW_MS);
        assert.ok(since(acceptors >>> 0, now) >= TAKEN_BELOW_MS - ahead - 1);
      }),
    );
  });
  test('they are in milliseconds on kernels that know microseconds, whose sign is the lowest bit', () => {
    holds(
      fc.property(timestamp, begins, (told, of) => {
        assert.equal(of(told) & 1, 0);
        assert.equal(timestampsBehindAnother(told) & 1, 0);
      }),
    );
  });
});
