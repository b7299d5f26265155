import { withMarks } from './marks.ts';

/** Context switches by process, and under `total` those of the whole lab. */
export type Switches = ReadonlyMap<string, number>;

export const total = 'total';

/** In the lab, once the client has ended and before the daemons do. */
const COUNT = `{
  grep ^ctxt /proc/stat
  for pid in "\${pids[@]}" \${capture-}; do tr '\\0' ' ' </proc/$pid/cmdline; echo; grep voluntary /proc/$pid/status; done
} >/run/job/switches`;

/** A lab's script that also counts. */
export function countSwitches(script: string): string {
  return withMarks(script, [{ name: 'counted', before: /^stop_nodes$/ }]).replace(
    /^stop_nodes$/m,
    `${COUNT}\nstop_nodes`,
  );
}

/** What `countSwitches` left: a process's command line, then its two counters, main thread only. */
export function parseSwitches(text: string): Switches {
  const counts = new Map<string, number>();
  let name = '';
  for (const line of text.split('\n')) {
    const [, word, number] =
      /^(ctxt|voluntary_ctxt_switches:|nonvoluntary_ctxt_switches:)\s+(\d+)/.exec(line) ?? [];
    if (word === undefined) name = nameOf(line) ?? name;
    else {
      const key = word === 'ctxt' ? total : name;
      counts.set(key, (counts.get(key) ?? 0) + Number(number));
    }
  }
  return counts;
}

/** The processes that all have, the busiest of the first one first. */
export function commonNames(all: readonly Switches[]): readonly string[] {
  const [first = new Map<string, number>(), ...others] = all;
  return [...first.keys()]
    .filter((name) => name !== total && others.every((other) => other.has(name)))
    .sort((a, b) => first.get(b)! - first.get(a)!);
}

/** A node's name on its command line, or the program's. */
function nameOf(commandLine: string): string | undefined {
  return / --node (\S+)/.exec(commandLine)?.[1] ?? /^(\S+)/.exec(commandLine)?.[1];
}
