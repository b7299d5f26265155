import { processorTimeSoFar } from '../runner/processor-time.ts';

/** What work took: wall time, and processor time of the processes that did it, seconds. */
export interface Cost {
  readonly wall: number;
  readonly user: number;
  readonly system: number;
}

/**
 * Runs `work`, and tells what it took. When it resolves its children must have ended and been waited for: processor time
 * of these children (to 10 ms) and of this process. Nothing else may run in this process meanwhile.
 */
export async function measured<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> {
  const [before, started] = [processorTimeSoFar(), performance.now()];
  const result = await work();
  const wall = (performance.now() - started) / 1000;
  const after = processorTimeSoFar();
  return { result, cost: { wall, user: after.user - before.user, system: after.system - before.system } };
}

export function processorTime({ user, system }: Cost): number {
  return user + system;
}

/** `more` less `less`: what the work costs that only the one did. */
export function difference(more: Cost, less: Cost): Cost {
  return { wall: more.wall - less.wall, user: more.user - less.user, system: more.system - less.system };
}

export function total(costs: readonly Cost[]): Cost {
  const sum = (of: (cost: Cost) => number): number => costs.reduce((so, cost) => so + of(cost), 0);
  return {
    wall: sum((cost) => cost.wall),
    user: sum((cost) => cost.user),
    system: sum((cost) => cost.system),
  };
}

export function scaled(cost: Cost, factor: number): Cost {
  return { wall: cost.wall * factor, user: cost.user * factor, system: cost.system * factor };
}
