import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** A command of a page, and what the page says it prints. */
export interface Transcript {
  /** behind `$ ` */
  readonly command: string;
  readonly output: readonly string[];
}

/** The blocks ```console of a document: each is one command and all that it prints. */
export function transcripts(document: string): readonly Transcript[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```$/gm)].map(
    ([, command = '', output = '']) => ({
      command,
      output: output.trimEnd().split('\n'),
    }),
  );
}

/** Times are those of this machine's programs: to a millisecond. The rest is the page's, octet for octet. */
export function sameTimes(found: string, expected: string): boolean {
  const time = /\d+\.\d(?= ms\b)/g;
  const times = (line: string): readonly number[] => [...line.matchAll(time)].map(([text]) => Number(text));
  const [a, b] = [times(found), times(expected)];
  return (
    found.replace(time, 'T') === expected.replace(time, 'T') &&
    a.every((ms, at) => Math.abs(ms - b[at]!) <= 1)
  );
}
