import { readFileSync } from 'node:fs';

/** Packets that the kernel's xfrm dropped, by its own names for the reasons (kernel documentation, `xfrm_proc`). */
type XfrmStatistics = Readonly<Record<string, number>>;

const FILE = '/proc/self/net/xfrm_stat';

/** The counters of the caller's network namespace; empty where the kernel keeps none (no CONFIG_XFRM_STATISTICS). */
export function readXfrmStatistics(file: string = FILE): XfrmStatistics {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch {
    return {};
  }
  return Object.fromEntries(
    [...text.matchAll(/^(\w+)\s+(\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
  );
}

/** What has been counted since `before`, zeros left out. */
export function xfrmStatisticsSince(before: XfrmStatistics, now: XfrmStatistics): XfrmStatistics {
  const grown = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(grown.filter(([, count]) => count !== 0));
}
