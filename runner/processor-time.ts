import { readFileSync } from 'node:fs';

/** USER_HZ: the unit of /proc/PID/stat, 100 on every Linux. */
const ticksPerSecond = 100;

/** Processor time of all descendants that were waited for, from the text of /proc/self/stat, seconds. */
export function childrenTime(stat: string): { readonly user: number; readonly system: number } {
  // The second field, the program's name, may hold spaces and parentheses: fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { user: Number(fields[13]) / ticksPerSecond, system: Number(fields[14]) / ticksPerSecond };
}

/** Processor time of this process and of its children that have ended, so far, seconds; of children to 10 ms. */
export function processorTimeSoFar(): { readonly user: number; readonly system: number } {
  const [children, own] = [childrenTime(readFileSync('/proc/self/stat', 'utf8')), process.cpuUsage()];
  return { user: children.user + own.user / 1e6, system: children.system + own.system / 1e6 };
}
