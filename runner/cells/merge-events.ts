import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Merges the nodes' event logs of a job into one, ordered by time and then by node: the text of `events.jsonl`. */
export async function mergeEvents(folder: string): Promise<string> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const lines: { readonly t: bigint; readonly text: string }[] = [];
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const line of text.split('\n')) {
      if (line !== '') lines.push({ t: timeOf(line), text: line });
    }
  }
  lines.sort((a, b) => (a.t < b.t ? -1 : a.t > b.t ? 1 : 0));
  return lines.map((line) => `${line.text}\n`).join('');
}

/** Seconds from the first to the last event of an `events.jsonl`, on the lab's clock; 0 for an empty one. */
export function spanOf(events: string): number {
  const lastLine = events.slice(events.lastIndexOf('\n', events.length - 2) + 1);
  return Number(timeOf(lastLine) - timeOf(events)) / 1e9;
}

function timeOf(line: string): bigint {
  const match = /^\{"t":"(\d+)"/.exec(line);
  return match === null ? 0n : BigInt(match[1]!);
}
