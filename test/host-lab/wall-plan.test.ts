import assert from 'node:assert/strict';
import { test } from 'node:test';
import fig12 from '../../experiments/fig12.ts';
import { planOf } from '../../runner/cells/cell-files.ts';
import { cellsOf } from '../../runner/cells.ts';

function clientOf(clock: 'virtual' | 'wall') {
  const selection = { profile: 'smoke', settings: { csMs: [40], ssMs: [20] }, variants: ['drain'] } as const;
  const [cell] = cellsOf(fig12, { ...selection, clock, seed: 1, repetitions: 3 });
  const plan = planOf(cell!);
  const config = plan.driver.config as { periodMs: number; phasesMs: readonly number[]; warmUps?: number };
  return { plan, config };
}

test('in wall time sessions follow each other after seconds, and one that does not count comes first', () => {
  const { plan, config } = clientOf('wall');
  assert.equal(config.warmUps, 1);
  assert.equal(config.phasesMs.length, 3 + 1);
  // The rest before each session, and at most a period and a second of phase more.
  for (const phase of config.phasesMs) assert.ok(phase >= 5000 && phase < 6000, String(phase));
  assert.equal(config.periodMs, 1000);
  assert.ok(plan.virtualTimeoutS > 3 * 60);
});

test('in virtual time waiting is free: sessions are more than a TIME-WAIT apart, all of them count', () => {
  const { config } = clientOf('virtual');
  assert.equal(config.warmUps ?? 0, 0);
  assert.equal(config.phasesMs.length, 3);
  assert.ok(config.periodMs > 60_000 + 70_000);
});
