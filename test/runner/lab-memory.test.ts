import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experiments } from '../../experiments/index.ts';
import { memoryOf } from '../../runner/cells/lab-memory.ts';
import { cellsOf } from '../../runner/cells.ts';
import { procedures } from '../../runner/procedures/index.ts';

const program = { host: 'member', name: 'member', program: 'member', config: {} };

const held = (daemons: number, conducted: number) =>
  memoryOf({ daemons: [Array(daemons).fill(program)], conducted: Array(conducted).fill(program) });

test('a lab’s memory doubles until its programs have room, daemons, driver and what it starts together', () => {
  assert.equal(held(5, 0), 512);
  assert.equal(held(7, 12), 512);
  assert.equal(held(8, 12), 1024);
  assert.equal(held(0, 39), 1024);
  assert.equal(held(40, 0), 2048);
});

test('all cells of the paper’s experiments have the same memory, in every profile', () => {
  const sizes = experiments
    .filter(({ claims }) => claims.some(({ about }) => about === 'paper'))
    .flatMap((experiment) =>
      (['smoke', 'quick', 'paper'] as const).flatMap((profile) =>
        cellsOf(experiment, { profile, settings: {}, variants: [], clock: 'virtual', seed: 1 }).map((cell) =>
          memoryOf(procedures[experiment.procedure]!(cell)),
        ),
      ),
    );
  assert.deepEqual([...new Set(sizes)], [512]);
});
