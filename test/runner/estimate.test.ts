import assert from 'node:assert/strict';
import { test } from 'node:test';
import access from '../../experiments/access.ts';
import calibration from '../../experiments/calibration.ts';
import type { Clock, Experiment } from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { planOf } from '../../runner/cells/cell-files.ts';
import { dearestFirst, Pace, secondsOf, TimeLeft } from '../../runner/cells/estimate.ts';
import type { PreparedCell } from '../../runner/cells/prepared-cell.ts';
import { cellsOf } from '../../runner/cells.ts';

function prepared(experiment: Experiment, clock: Clock, repetitions: number): readonly PreparedCell[] {
  const selection = { profile: 'smoke', settings: {}, variants: [], clock, seed: 1, repetitions } as const;
  return cellsOf(experiment, selection).map((cell) => ({ cell, plan: planOf(cell), fingerprint: 'f' }));
}

test('time left goes by the pace of what was measured, also in the next experiment', () => {
  const cells = prepared(fig12, 'virtual', 1);
  const pace = new Pace();
  const left = new TimeLeft(cells, 2, pace);
  const whole = cells.reduce((sum, cell) => sum + secondsOf(cell), 0);
  assert.equal(left.seconds, whole / 2);
  const [first] = cells;
  left.done(first!, 3 * secondsOf(first!));
  assert.ok(Math.abs(left.seconds - (3 * (whole - secondsOf(first!))) / 2) < 1e-9);
  const next = prepared(access, 'virtual', 1);
  const told = new TimeLeft(next, 1, pace).seconds;
  assert.ok(Math.abs(told - 3 * next.reduce((sum, cell) => sum + secondsOf(cell), 0)) < 1e-9);
});

test('cells are measured dearest first, equally dear ones in the grid’s order', () => {
  const cells = [...prepared(fig12, 'virtual', 1), ...prepared(fig12, 'virtual', 30)];
  const half = cells.length / 2;
  assert.ok(half > 1);
  assert.deepEqual(dearestFirst(cells), [...cells.slice(half), ...cells.slice(0, half)]);
});

test('nothing is left when all is done', () => {
  const cells = prepared(fig12, 'virtual', 1);
  const left = new TimeLeft(cells, 2, new Pace());
  for (const cell of cells) left.done(cell, 1);
  assert.ok(left.seconds < 1e-9);
});

test('on the wall clock a cell is estimated by what its sessions wait for, not by its limit', () => {
  for (const experiment of [fig12, access, calibration]) {
    for (const cell of prepared(experiment, 'wall', 10)) {
      const { plan } = cell;
      assert.ok(plan.wallSeconds > 1 && secondsOf(cell) < plan.virtualTimeoutS, cell.cell.id);
    }
  }
  // 1 MB at 2 Mbit/s takes 4 s, and 5 to 7 s of rest are before each of 11 sessions.
  const [session] = prepared(fig12, 'wall', 10);
  assert.ok(secondsOf(session!) > 100 && secondsOf(session!) < 160, String(secondsOf(session!)));
});
