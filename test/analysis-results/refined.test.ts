import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from '../../analysis/claims.ts';
import { anyOf } from '../../experiments/any-value.ts';
import type { Claim, Clock, ValueClaim } from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { aSample } from '../support/synthetic-samples.ts';

const statement = (id: string, expected: number, more: Partial<ValueClaim> = {}): Claim => ({
  kind: 'value',
  id,
  about: 'paper',
  section: '§6.3',
  source: 'paper §6.3',
  statement: 'The least gap',
  measure: 'handoff-gap',
  where: anyOf('csMs', 'ssMs'),
  expected: () => expected,
  formula: String(expected),
  tolerance: 5,
  toleranceReason: 'read off the figure',
  unit: 'ms',
  ...more,
});
const byLetter = statement('by-letter', 300, { refinedBy: ['instead', 'why'] });
const instead = statement('instead', 280, { about: 'ours' });
const why = statement('why', 281, { about: 'ours' });

const verdictsAt = (value: number, claims: readonly Claim[], clocks: readonly Clock[] = ['virtual']) => {
  const samples = clocks.map((clock) => aSample({ parameters: { csMs: 40, ssMs: 20 }, value, clock }));
  return judge({ ...fig12, claims }, samples);
};

test('a statement that deviates by its letter is refined where all that is said instead is reproduced', () => {
  const [letter, other] = verdictsAt(280, [byLetter, instead, why]);
  assert.deepEqual([letter?.verdict, other?.verdict], ['refined', 'reproduced']);
  assert.match(letter!.reason, /^what is so instead: instead, why; .*−20 ms/);
  assert.deepEqual([letter?.expected, letter?.measured, letter?.tolerance], [300, 280, 5]);
  assert.deepEqual(
    [letter?.about, letter?.section, letter?.toleranceReason, other?.about],
    ['paper', '§6.3', 'read off the figure', 'ours'],
  );
});

test('it is reproduced where it holds by its letter, and deviates where what is said instead does not hold', () => {
  assert.equal(verdictsAt(299, [byLetter, instead, why])[0]?.verdict, 'reproduced');
  const [letter] = verdictsAt(285.5, [byLetter, instead, why]);
  assert.equal(letter?.verdict, 'deviates');
  assert.match(letter!.reason, /which is not reproduced either$/);
  assert.equal(verdictsAt(280, [byLetter, instead])[0]?.verdict, 'deviates', 'one of two has no evidence');
});

test('on two clocks each is refined by its own evidence', () => {
  const onVirtual = { ...instead, where: { ...anyOf('csMs', 'ssMs'), clock: 'virtual' } } as Claim;
  const rows = verdictsAt(280, [byLetter, onVirtual, why], ['virtual', 'wall']);
  assert.deepEqual(
    rows.filter(({ id }) => id.startsWith('by-letter')).map(({ id, verdict }) => [id, verdict]),
    [
      ['by-letter@virtual', 'deviates'],
      ['by-letter@wall', 'deviates'],
    ],
  );
});

test('a claim that says nothing of its origin is one’s own', () => {
  const { about: _, section: __, ...own } = instead as ValueClaim;
  const [row] = verdictsAt(280, [own]);
  assert.deepEqual([row?.about, row?.section], ['ours', '']);
});
