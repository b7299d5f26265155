import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experiments } from '../../experiments/index.ts';
import { clockList, jobsOn, onClocks, withoutClaims } from '../../runner/commands/clock-option.ts';
import { labCommand } from '../../runner/lab/lab-command.ts';

const named = (clocks: Parameters<typeof onClocks>[1]) =>
  onClocks(experiments, clocks).map(({ name, clock }) => `${name} on ${clock}`);

test('without a clock everything runs in virtual time; one clock is for all, in the usual folders', () => {
  assert.ok(named([]).every((name) => name.endsWith(' on virtual') && !name.includes('@')));
  assert.ok(named(['elastic']).every((name) => name.endsWith(' on elastic') && !name.includes('@')));
});

test('a further clock is for the experiments with claims about it, in folders of their own', () => {
  assert.deepEqual(named(['virtual', 'elastic']).slice(experiments.length), [
    'access@elastic on elastic',
    'table1@elastic on elastic',
  ]);
  const [fig12] = experiments.filter(({ id }) => id === 'fig12');
  assert.deepEqual(withoutClaims([fig12!], ['virtual', 'elastic']), [
    'no claim of fig12 is about the elastic clock: not run on it',
  ]);
});

test('a clock given twice is one, an unknown one is refused, only virtual labs run beside each other', () => {
  assert.deepEqual(clockList('wall', clockList('wall', [])), ['wall']);
  assert.throws(() => clockList('sun', []), /virtual, elastic, wall/);
  assert.deepEqual([jobsOn('elastic'), jobsOn('wall')], [1, 1]);
});

test('elastic time is the kernel’s time travel without free processors', () => {
  const words = (clock: 'virtual' | 'elastic' | 'wall') =>
    labCommand({ clock, memoryMb: 512 }).filter((word) => /^time-travel(=|$)/.test(word));
  assert.deepEqual(
    [words('virtual'), words('elastic'), words('wall')],
    [['time-travel=inf-cpu'], ['time-travel'], []],
  );
});
