import type { SoakEvent, Violation } from './record.ts';

/** What a daemon says, while it runs, of a kernel that holds other things than it should; undefined: all is right. */
export function kernelStateWrong({ atMs, node, event, fields }: SoakEvent): Violation | undefined {
  if (event !== 'kernel-checked' || fields.wrong === 0) return undefined;
  const text = `${node}: ${String(fields.wrong)} of the kernel's objects are not as wanted: ${String(fields.told)}`;
  return { invariant: 'kernel-state', atMs, text };
}

/** What machines hold after all daemons have ended that they did not hold before, or no longer hold: one violation a machine. */
export function kernelStateLeft(before: string, after: string, atMs: number): readonly Violation[] {
  const [earlier, later] = [machines(before), machines(after)];
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((machine) => {
    const [had, has] = [earlier.get(machine) ?? [], later.get(machine) ?? []];
    const more = without(has, had).map((line) => `+ ${line}`);
    const less = without(had, has).map((line) => `- ${line}`);
    if (more.length + less.length === 0) return [];
    const text = `${machine}: ${[...more, ...less].join('; ')}`;
    return [{ invariant: 'kernel-state', atMs, text } as const];
  });
}

function machines(snapshot: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of snapshot.split('\n').map((text) => text.trim())) {
    const name = /^machine (.+)$/.exec(line)?.[1];
    if (name === undefined) {
      if (line !== '') current.push(line);
      continue;
    }
    current = [];
    found.set(name, current);
  }
  return found;
}

/** Each line as often as it stands in the first beyond the second. */
function without(lines: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
