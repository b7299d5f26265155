import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import faults from '../../experiments/faults.ts';
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

/** A kill behind packets 10 and 11, as told of a variant that has ten. */
const killed = (behind: Partial<ReturnType<typeof aSample>>) =>
  [10, 11].map((place) => ({
    ...aSample({
      ...{ experiment: 'faults', cell: `kind=5,place=${place}`, parameters: { kind: 5, place } },
      ...{ variant: 'drain', measure: 'fault-wrong-octets', unit: 'octets' },
    }),
    ...(place === 10 ? { value: 0 } : behind),
  }));
const noWrongOctet = (behind: Parameters<typeof killed>[0]) =>
  judge(faults, killed(behind)).find(({ id }) => id === 'faults-wrong-octets')!;

test('a place that a variant’s signalling does not have is no missing case of a claim on all faults; one whose repetition failed is', () => {
  const reason = 'the variant has no such packet';
  assert.equal(noWrongOctet({ outcome: 'unsupported', reason }).verdict, 'reproduced');
  assert.equal(noWrongOctet({ outcome: 'failed', reason: 'the lab ended' }).verdict, 'not run');
  assert.equal(noWrongOctet({ value: 1 }).verdict, 'deviates');
});
