import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attentionTo, leaseOf } from '../../server/attention.ts';

const signs = { heardAt: () => 1, progressAt: () => 2 };
const times = (roundTripMs: number, variationMs: number) => {
  const { freshMs, everyMs, patienceMs } = attentionTo(
    { ...signs, path: { roundTripMs, variationMs, leastRoundTripMs: roundTripMs } },
    1000,
  );
  return { freshMs, everyMs, patienceMs };
};

test('a donor waits for its acceptor in round trips of the channel, with room for one lost segment, and within bounds', () => {
  assert.deepEqual(times(120, 10), { freshMs: 1000, everyMs: 240, patienceMs: 560 });
  assert.deepEqual(times(120, 100), { freshMs: 1000, everyMs: 240, patienceMs: 760 });
  assert.deepEqual(times(1, 0), { freshMs: 1000, everyMs: 100, patienceMs: 300 });
  assert.deepEqual(times(5000, 0), { freshMs: 1000, everyMs: 1000, patienceMs: 3000 });
  const { heardAt, progressAt, everyMs, patienceMs } = attentionTo({ ...signs, path: undefined }, 1000);
  assert.deepEqual([heardAt(), progressAt(), everyMs, patienceMs], [1, 2, 400, 800]);
});

test('a holder is silent for as long as its group says, or as a lost beat takes on this way', () => {
  const lease = (leastRoundTripMs: number, beatMs = 100): number =>
    leaseOf({ roundTripMs: 9000, variationMs: 4000, leastRoundTripMs }, beatMs, 500);
  assert.equal(leaseOf(undefined, 100, 500), 500);
  assert.equal(lease(40), 500);
  assert.equal(lease(150), 500);
  assert.equal(lease(150.5), 501);
  assert.equal(lease(400), 1000);
  assert.equal(lease(40, 300), 680);
});
