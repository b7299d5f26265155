import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import type { Sample } from '../../analysis/sample.ts';
import type { PairedClaim } from '../../experiments/claim.ts';
import fig12 from '../../experiments/fig12.ts';
import { aSample } from '../support/synthetic-samples.ts';

const claim: PairedClaim = {
  ...{ kind: 'paired', id: 'mine', source: 'mine', statement: 'A client waits no longer' },
  ...{ measure: 'handoff-gap', where: { variant: 'drain', lossPct: {} }, lessVariant: 'none' },
  ...{ atMost: 1, inPct: 90, worst: 100, unit: 'ms' },
};

/** Repetitions of a cell: what each takes under the variant and unmoved. */
function samplesOf(
  pairs: readonly (readonly [moved: number, unmoved: number | undefined])[],
): readonly Sample[] {
  return pairs.flatMap(([moved, unmoved], repetition) => {
    const parameters = { lossPct: 1 };
    const one = (variant: string, value: number) => aSample({ parameters, variant, repetition, value });
    return [one('drain', moved), ...(unmoved === undefined ? [] : [one('none', unmoved)])];
  });
}

const rowOf = (pairs: Parameters<typeof samplesOf>[0]) =>
  judge({ ...fig12, claims: [claim] }, samplesOf(pairs))[0]!;
const equal = Array.from({ length: 9 }, () => [50, 50] as const);

test('a paired claim counts repetitions against the same ones under the other variant, and names those beyond', () => {
  const one = rowOf([...equal, [60, 50]]);
  assert.equal(one.verdict, 'reproduced');
  assert.equal(one.measured, 90);
  assert.match(one.reason, /10 pairs; 1 beyond: .* repetition 9 \(\+10 ms\)/);
  const two = rowOf([...equal.slice(1), [60, 50], [52, 50]]);
  assert.equal(two.verdict, 'deviates');
  assert.equal(two.measured, 80);
  assert.equal(rowOf([...equal, [151, 50]]).verdict, 'deviates', 'one is farther beyond than any may be');
  assert.equal(rowOf([...equal, [51, 50]]).measured, 100);
});

test('a paired claim is not judged without partners, nor reproduced with some missing', () => {
  assert.equal(rowOf([]).verdict, 'not run');
  assert.equal(rowOf([[50, undefined]]).verdict, 'not run');
  const some = rowOf([...equal, [50, undefined]]);
  assert.equal(some.verdict, 'not run');
  assert.match(some.reason, /1 repetitions have no partner under none/);
  assert.equal(
    rowOf([
      [500, 50],
      [50, undefined],
    ]).verdict,
    'deviates',
  );
});
