import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import table1 from '../../experiments/table1.ts';
import { aSample } from '../support/synthetic-samples.ts';

/** Repetitions of the column without shaping, under a clock that counts what processors take. */
function unshaped(stateBytes: readonly number[]) {
  return stateBytes.flatMap((bytes, repetition) => {
    const at = {
      experiment: 'table1',
      parameters: { csMs: 0, ssMs: 0, rateKbit: 100_000 },
      variant: 'baseline',
      clock: 'elastic' as const,
      repetition,
    };
    return [
      { ...aSample({ ...at, measure: 'phase-1', unit: 'ms' }), value: 0.5 },
      { ...aSample({ ...at, measure: 'state-bytes', unit: 'bytes' }), value: bytes },
    ];
  });
}

const judged = (samples: ReturnType<typeof unshaped>) =>
  judge(table1, samples).find(({ id }) => id === 'table1-phase-1-no-longer')!;

test('repetitions whose socket had drained count for nothing, and the reason says which condition failed and by how much', () => {
  const { verdict, reason } = judged(unshaped([30_000, 8793, 39_329]));
  assert.equal(verdict, 'not run');
  assert.match(reason, /none of 3 repetitions counts: needs state-bytes ≥ 60000 \(measured: 8793 to 39329\)/);
});

test('one repetition with a full socket is evidence', () => {
  assert.equal(judged(unshaped([30_000, 80_969])).verdict, 'reproduced');
});

test('without a clock that counts processors the claim says so', () => {
  const virtual = unshaped([80_969]).map((sample) => ({ ...sample, clock: 'virtual' as const }));
  assert.match(judged(virtual).reason, /free in virtual time/);
});
