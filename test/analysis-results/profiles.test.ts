import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experiments } from '../../experiments/index.ts';
import { cellsOf } from '../../runner/cells.ts';

const cellsIn = (profile: 'smoke' | 'quick' | 'paper') =>
  new Map(
    experiments.map((experiment) => [
      experiment.id,
      cellsOf(experiment, { profile, settings: {}, variants: [], clock: 'virtual', seed: 1 }),
    ]),
  );

test('smoke is tiny: four rates, a valley of six points, two sequences, one repetition each', () => {
  const cells = cellsIn('smoke');
  assert.deepEqual(
    ['table1', 'fig10', 'fig11'].map((id) => cells.get(id)?.length),
    [4, 6, 2],
  );
  for (const id of ['table1', 'fig10', 'fig11', 'fig12'])
    assert.ok(
      cells.get(id)!.every((cell) => cell.repetitions === 1),
      id,
    );
});

test('quick stays within ten minutes on two processors: at most 350 cells of the paper’s experiments', () => {
  const paper = [...cellsIn('quick')].filter(([id]) => /^(access|table1|fig\d+)$/.test(id));
  const total = paper.reduce((sum, [, cells]) => sum + cells.length, 0);
  assert.ok(
    total <= 350,
    `${total} cells: ${paper.map(([id, cells]) => `${id} ${cells.length}`).join(', ')}`,
  );
});

test('paper is the paper’s grid: Figure 10 has 41 waiting times, three rates, four pairs of latencies, 100 sessions', () => {
  const cells = cellsIn('paper');
  const fig10 = cells.get('fig10')!;
  assert.equal(fig10.length, 41 * 3 * 4);
  assert.deepEqual([...new Set(fig10.map((cell) => cell.repetitions))], [100]);
  const pairs = new Set(fig10.map(({ parameters: { csMs, ssMs } }) => `${csMs},${ssMs}`));
  assert.deepEqual([...pairs], ['0,0', '20,20', '40,20', '40,80']);
});
