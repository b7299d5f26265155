import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allOf } from '../../nodes/support/all-of.ts';

test('each step is taken, in order, whatever others throw, and the first that failed is told', () => {
  const taken: number[] = [];
  const step = (number: number, fails: boolean) => (): void => {
    taken.push(number);
    if (fails) throw new RangeError(`step ${number}`);
  };
  assert.throws(() => allOf(step(1, false), step(2, true), step(3, false), step(4, true)), /step 2/);
  assert.deepEqual(taken, [1, 2, 3, 4]);
  allOf(step(5, false));
  allOf();
  assert.equal(taken.at(-1), 5);
});
