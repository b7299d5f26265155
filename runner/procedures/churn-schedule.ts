import { keyedRandom } from '../../topologies/seeded-random.ts';
import type { Disturbance } from './disturbances.ts';

export interface ChurnPlan {
  readonly seed: number;
  readonly members: readonly string[];
  /** joins and leaves together; 0: none */
  readonly perMinute: number;
  /** of the members that go, those that crash, % */
  readonly crashPct: number;
  readonly repetitions: number;
  /** of one repetition, ms */
  readonly periodMs: number;
  /** the part of each in which members come and go */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A member that has come counts as one that can take others' clients after so many ms … */
const SETTLED_MS = 2000;
/** … and one that goes has gone by then: it may come back. */
const GONE_MS = 4000;
/** Never fewer: somebody has to take the clients, and somebody else the next ones. */
const FEWEST = 2;

/**
 * Members that come and go at the times of a Poisson process, drawn from the seed. At each time a fair coin says whether one that
 * has gone comes back or one that serves goes, as far as there is such a one and enough others stay; otherwise nothing happens.
 */
export function churnSchedule(plan: ChurnPlan): readonly Disturbance[] {
  const random = keyedRandom(`churn|${plan.seed}`);
  const since = new Map(plan.members.map((name) => [name, { up: true, ms: -SETTLED_MS }]));
  const steps: Disturbance[] = [];
  for (const atMs of poissonTimes(plan, random)) {
    const ready = (up: boolean, forMs: number): readonly string[] =>
      [...since].filter(([, now]) => now.up === up && atMs - now.ms >= forMs).map(([name]) => name);
    const [settled, absent] = [ready(true, SETTLED_MS), ready(false, GONE_MS)];
    const [coin, which, kind] = [random(), random(), random()];
    const mayGo = settled.length > FEWEST;
    const comes = absent.length > 0 && (coin < 0.5 || !mayGo);
    if (!comes && !mayGo) continue;
    const from = comes ? absent : settled;
    const target = from[Math.floor(which * from.length)]!;
    since.set(target, { up: comes, ms: atMs });
    const goes = kind * 100 < plan.crashPct ? ('crash' as const) : ('leave' as const);
    const repetition = Math.floor(atMs / plan.periodMs);
    steps.push({ atMs, action: comes ? 'start' : goes, target, repetition });
  }
  return steps;
}

/** ms on the schedule's clock */
function poissonTimes(
  { perMinute, repetitions, periodMs, fromMs, untilMs }: ChurnPlan,
  random: () => number,
): readonly number[] {
  const times: number[] = [];
  const endMs = repetitions * periodMs;
  if (perMinute === 0) return times;
  for (let atMs = 0; atMs < endMs; ) {
    atMs += (-Math.log(1 - random()) * 60_000) / perMinute;
    const within = atMs % periodMs;
    if (atMs < endMs && within >= fromMs && within < untilMs) times.push(Math.round(atMs * 1000) / 1000);
  }
  return times;
}
