import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputGate } from '../../server/successor/input-gate.ts';
import { SegmentAdmission, type SegmentBounds } from '../../server/successor/segment-admission.ts';

const DAY = 24 * 3600 * 1000;
const base = { window: 1000, least: -100, most: 50, timestamps: true };

/** Sequence numbers as differences from `next`, acknowledgements and timestamps from a place of their own, anywhere in their space. */
class Connection {
  readonly #admission = new SegmentAdmission();
  readonly #next: number;
  readonly #acknowledged: number;
  readonly #clock: number;
  now = 0;

  constructor(next = 0, acknowledged = 0, clock = 0) {
    [this.#next, this.#acknowledged, this.#clock] = [next, acknowledged, clock];
  }

  admits(
    at: number,
    { acknowledges = 0, clock = 0 as number | 'none', bounds = {} as Partial<typeof base> } = {},
  ): boolean {
    const { window, least, most, timestamps } = { ...base, ...bounds };
    const seen: SegmentBounds = {
      windowEnd: (this.#next + window) >>> 0,
      leastAcknowledgement: (this.#acknowledged + least) >>> 0,
      mostAcknowledgement: (this.#acknowledged + most) >>> 0,
      timestamps,
    };
    const segment = {
      sequence: (this.#next + at) >>> 0,
      acknowledgement: (this.#acknowledged + acknowledges) >>> 0,
      timestamp: clock === 'none' ? undefined : (this.#clock + clock) >>> 0,
    };
    return this.#admission.admits(segment, seen, this.#next, this.now);
  }
}

/** Near a place where numbers wrap, or not. */
const anywhere = fc.constantFrom(0, 5, 0x7fff_fffe, 0x8000_0000, 0xffff_ffff);

test('what begins in the window is taken, what begins behind it is not, wherever numbers wrap', () => {
  fc.assert(
    fc.property(anywhere, fc.integer({ min: 1, max: 3000 }), fc.nat(4000), (next, window, at) => {
      assert.equal(new Connection(next).admits(at, { bounds: { window } }), at < window);
    }),
  );
});

test('what acknowledges octets that were never sent, or too old ones, is not taken (RFC 5961 §5.2)', () => {
  fc.assert(
    fc.property(anywhere, fc.integer({ min: -300, max: 300 }), (una, acknowledges) => {
      const admitted = new Connection(0, una).admits(0, { acknowledges });
      assert.equal(admitted, acknowledges >= base.least && acknowledges <= base.most);
    }),
  );
});

test('a timestamp older than the last one is one of an old duplicate (RFC 7323 §5.3), wherever the clock wraps', () => {
  fc.assert(
    fc.property(anywhere, fc.integer({ min: -500, max: 500 }), (clock, later) => {
      const connection = new Connection(0, 0, clock);
      assert.ok(connection.admits(0));
      assert.equal(connection.admits(0, { clock: later }), later >= 0);
    }),
  );
});

test('a segment ahead of what is missing says nothing about the clock, nor does one that was not taken', () => {
  const connection = new Connection();
  assert.ok(connection.admits(100, { clock: 900 }));
  assert.ok(!connection.admits(0, { clock: 900, acknowledges: 51 }));
  assert.ok(!connection.admits(2000, { clock: 900 }));
  assert.ok(connection.admits(0, { clock: 1 }));
  assert.ok(!connection.admits(0, { clock: 0 }));
});

test('where both have agreed on timestamps nothing is taken without (RFC 7323 §3.2), and where not nothing is asked of them', () => {
  assert.ok(!new Connection().admits(0, { clock: 'none' }));
  const without = new Connection();
  for (const clock of ['none', 5, 3, 'none'] as const)
    assert.ok(without.admits(0, { clock, bounds: { timestamps: false } }));
});

test('behind 24 days a clock says nothing any more (RFC 7323 §5.5)', () => {
  const connection = new Connection();
  assert.ok(connection.admits(0));
  connection.now = 24 * DAY - 1;
  assert.ok(!connection.admits(0, { clock: -1 }));
  connection.now = 24 * DAY;
  assert.ok(connection.admits(0, { clock: -1 }));
});

test('a gate keeps nothing of what the kernel will not take, and what is a repetition passes, for the kernel to answer', () => {
  const gate = new InputGate({ next: 100, aheadTo: 100 });
  const bounds = { windowEnd: 500, leastAcknowledgement: 0, mostAcknowledgement: 9, timestamps: true };
  const segment = (sequence: number, timestamp: number, text: string) =>
    gate.segment(
      { id: 1, sequence, timestamp, octets: Buffer.from(text), ends: false, acknowledgement: 5, bounds },
      undefined,
      0,
    );
  assert.equal(segment(100, 70, 'true'), 'tell');
  assert.equal(segment(104, 69, 'forged'), 'drop');
  assert.equal(segment(500, 71, 'beyond'), 'drop');
  assert.equal(segment(90, 3, 'old'), 'pass');
  assert.equal(segment(104, 71, 'truth'), 'tell');
  assert.deepEqual(
    gate.pieces.map(({ octets }) => Buffer.from(octets).toString()),
    ['truetruth'],
  );
});
