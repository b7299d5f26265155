import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf } from '../../runner/publish/facts.ts';
import type { ReadManifest } from '../../runner/results/manifest.ts';

const manifest = (experiment: string, clock: ReadManifest['clock']): ReadManifest => ({
  experiment,
  clock,
  profile: 'quick',
  seed: 7,
  settings: {},
  cells: [],
});

test('the command of a run names each experiment once, and each clock where there is more than the virtual one', () => {
  const virtual = [manifest('access', 'virtual'), manifest('fig12', 'virtual')];
  assert.equal(commandOf(virtual), 'bin/handoff-lab run access fig12 --profile quick --seed 7');
  assert.equal(
    commandOf([virtual[0]!, manifest('access', 'elastic'), virtual[1]!]),
    'bin/handoff-lab run access fig12 --profile quick --seed 7 --clock virtual --clock elastic',
  );
  assert.equal(
    commandOf([manifest('access', 'wall')]),
    'bin/handoff-lab run access --profile quick --seed 7 --clock wall',
  );
});
