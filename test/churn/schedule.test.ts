import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ChurnPlan, churnSchedule } from '../../runner/procedures/churn-schedule.ts';

const plan: ChurnPlan = {
  seed: 1,
  members: ['node1', 'node2', 'node3', 'node4'],
  perMinute: 24,
  crashPct: 50,
  repetitions: 20,
  periodMs: 45_000,
  fromMs: 2000,
  untilMs: 18_000,
};

test('members come and go in turn, two always stay, and only while there are downloads', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 60 }), (seed, perMinute) => {
      const up = new Set(plan.members);
      let before = 0;
      for (const { atMs, action, repetition, ...step } of churnSchedule({ ...plan, seed, perMinute })) {
        assert.ok(atMs >= before && 'target' in step);
        before = atMs;
        const within = atMs % plan.periodMs;
        assert.ok(within >= plan.fromMs && within < plan.untilMs);
        assert.equal(repetition, Math.floor(atMs / plan.periodMs));
        assert.equal(up.has(step.target), action !== 'start', `${action} ${step.target}`);
        if (action === 'start') up.add(step.target);
        else up.delete(step.target);
        assert.ok(up.size >= 2);
      }
    }),
    { numRuns: 50 },
  );
});

test('the seed decides; the share of crashes is as asked; the rate is about that of the process', () => {
  assert.deepEqual(churnSchedule(plan), churnSchedule(plan));
  assert.notDeepEqual(churnSchedule(plan), churnSchedule({ ...plan, seed: 2 }));
  const actions = (crashPct: number) =>
    new Set(churnSchedule({ ...plan, crashPct }).map(({ action }) => action));
  assert.deepEqual(actions(0), new Set(['leave', 'start']));
  assert.deepEqual(actions(100), new Set(['crash', 'start']));
  assert.deepEqual(churnSchedule({ ...plan, perMinute: 0 }), []);
  const minutes = (plan.repetitions * (plan.untilMs - plan.fromMs)) / 60_000;
  const perMinute = churnSchedule({ ...plan, perMinute: 6 }).length / minutes;
  // 32 events are expected, give or take 5.7; some fall where nobody may come or go.
  assert.ok(perMinute > 2.5 && perMinute < 9, String(perMinute));
});
