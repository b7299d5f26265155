import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownReadings } from '../../analysis/own/own-readings.ts';
import type { ObservedRepetition } from '../../experiments/observed.ts';

const repetition = (changes: Partial<ObservedRepetition> = {}): ObservedRepetition => ({
  repetition: 0,
  parameters: { csMs: 40 },
  variant: '',
  addresses: {},
  ok: true,
  problem: '',
  output: '',
  events: [],
  packets: [],
  ...changes,
});
const read = (
  from: (one: ObservedRepetition) => unknown,
  changes?: Partial<ObservedRepetition>,
  ofFailed = false,
) => {
  const [reading] = ownReadings({ name: 'mine', from: from as never, ofFailed }, [repetition(changes)]);
  return 'failed' in reading! ? reading.failed : (reading!.measure('mine')?.value ?? reading!.absent);
};

test('a measure of one’s own is what its function gives; what is no number is told', () => {
  assert.equal(
    read(({ parameters }) => parameters.csMs! + 1),
    41,
  );
  assert.equal(
    read(() => 0),
    0,
  );
  assert.match(String(read(() => undefined)), /the function of mine finds nothing in the repetition/);
  assert.match(String(read(() => Number.NaN)), /the function of mine gives NaN, which is no number/);
  assert.match(String(read(() => '3')), /gives 3, which is no number/);
  assert.match(
    String(
      read(() => {
        throw new RangeError('off');
      }),
    ),
    /the function of mine throws RangeError: off/,
  );
});

test('of a repetition whose client has failed only such measures are read that say so', () => {
  const failed = { ok: false, problem: 'status 7' };
  assert.equal(
    read(() => 5, failed),
    'the client reports a failure: status 7',
  );
  assert.equal(
    read(() => 5, failed, true),
    5,
  );
});
