import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A line of a lab's script before which the time is taken. */
export interface Mark {
  readonly name: string;
  /** the first line that matches */
  readonly before: RegExp;
}

const PREFIX = 'mark-';

/**
 * A lab's own clock does not tell the host's time, but a file that the lab makes in its job folder is the host's, and so is
 * the file's birth: the command that takes the time.
 */
export function markCommand(name: string): string {
  return `: >/run/job/${PREFIX}${name}`;
}

/** A lab's script with the time taken before each of the lines. Throws RangeError when one is not there. */
export function withMarks(script: string, marks: readonly Mark[]): string {
  const lines = script.split('\n');
  for (const { name, before } of marks) {
    const at = lines.findIndex((line) => before.test(line));
    if (at < 0)
      throw new RangeError(`the lab's script has no line for the mark '${name}': ${String(before)}`);
    lines.splice(at, 0, markCommand(name));
  }
  return lines.join('\n');
}

/** When the marks of a job folder were passed, in ms of the host's wall clock, to its kernel's tick (1 to 4 ms). */
export async function readMarks(folder: string): Promise<Readonly<Record<string, number>>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(PREFIX));
  const times = names.map(async (name): Promise<[string, number]> => {
    const { mtimeMs } = await stat(join(folder, name));
    return [name.slice(PREFIX.length), mtimeMs];
  });
  return Object.fromEntries(await Promise.all(times));
}

/** Seconds between two marks. Throws RangeError when one was not passed. */
export function secondsBetween(marks: Readonly<Record<string, number>>, from: string, to: string): number {
  const [start, end] = [marks[from], marks[to]];
  if (start === undefined || end === undefined) throw new RangeError(`a mark was not passed: ${from}, ${to}`);
  return (end - start) / 1000;
}
