import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LabError } from '../../linux/lab-error.ts';
import { readTogether } from '../../linux/tcp/snapshot.ts';

test('a client’s end that comes while its connection is read is in the state and in the number, or in neither', () => {
  const [established, closeWait] = [1, 8];
  // A FIN before, between and behind what is read: a look at the state, at the state once more, at RCV.NXT, and at the state.
  for (const finAt of [0, 1, 2, 3, 4, 5, 6, 99]) {
    let step = 0;
    const state = (): number => (step++ >= finAt ? closeWait : established);
    const { receivedFin, end } = readTogether(state, () => ({
      receivedFin: state() === closeWait,
      end: state() === closeWait ? 101 : 100,
    }));
    assert.equal(end, receivedFin ? 101 : 100, `${finAt}`);
  }
});

test('what changes with every look is given up', () => {
  let state = 0;
  assert.throws(
    () =>
      readTogether(
        () => state++,
        () => 0,
      ),
    LabError,
  );
});
