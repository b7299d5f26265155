import { readFileSync } from 'node:fs';

/** What work took: wall time, and processor time of the processes that did it, seconds. */
export interface Cost {
  readonly wall: number;
  readonly user: number;
  readonly system: number;
}

/** USER_HZ: the unit of /proc/PID/stat, 100 on every Linux. */
const TICKS_PER_SECOND = 100;

/**
 * Runs `work`, whose children must have ended and been waited for when it resolves, and tells what it took: processor time
 * of these children (to 10 ms) and of this process. Nothing else may run in this process meanwhile.
 */
export async function measured<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cost: Cost }> {
  const [children, own, started] = [childrenTime(readStat()), process.cpuUsage(), performance.now()];
  const result = await work();
  const wall = (performance.now() - started) / 1000;
  const ownThen = process.cpuUsage(own);
  const childrenThen = childrenTime(readStat());
  return {
    result,
    cost: {
      wall,
      user: childrenThen.user - children.user + ownThen.user / 1e6,
      system: childrenThen.system - children.system + ownThen.system / 1e6,
    },
  };
}

/** Processor time of all descendants that were waited for, from the text of /proc/self/stat. */
export function childrenTime(stat: string): { readonly user: number; readonly system: number } {
  // The second field, the program's name, may hold spaces and parentheses: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[13]) / TICKS_PER_SECOND, system: Number(fields[14]) / TICKS_PER_SECOND };
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

function readStat(): string {
  return readFileSync('/proc/self/stat', 'utf8');
}
