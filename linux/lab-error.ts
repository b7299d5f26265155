/** What a LabError knows besides its message. */
interface LabErrorDetails {
  /** the command that failed, as it was run, or the equivalent `ip` command of a request made by netlink */
  readonly command?: string;
  /** the lab's node (namespace) on which it ran */
  readonly node?: string;
  /** what the command printed, in full, or the kernel's own words */
  readonly stderr?: string;
  /** what the reader can do next, as an instruction, e.g. an exact `apt-get install` line */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/**
 * A kernel, a tool or the lab did not do what was asked: says what was asked, where, the answer, and what to do next; `message`
 * holds all of it, ready to print.
 */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly command: string | undefined;
  readonly node: string | undefined;
  readonly stderr: string | undefined;
  readonly remedy: string | undefined;

  constructor(summary: string, details: LabErrorDetails = {}) {
    super(describe(summary, details), { cause: details.cause });
    this.command = details.command;
    this.node = details.node;
    this.stderr = details.stderr;
    this.remedy = details.remedy;
  }
}

const SHOWN_LINES = 40;

function describe(summary: string, { command, node, stderr = '', remedy }: LabErrorDetails): string {
  const lines = [summary];
  if (node !== undefined) lines.push(`  node: ${node}`);
  if (command !== undefined) lines.push(`  command: ${command}`);
  if (stderr.trim() !== '') lines.push(...answer(stderr.trimEnd()));
  if (remedy !== undefined) lines.push(`  remedy: ${remedy}`);
  return lines.join('\n');
}

function answer(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.length === 1) return [`  answer: ${text.trim()}`];
  const left = Math.max(0, lines.length - SHOWN_LINES);
  const shown = left > 0 ? [`(${left} lines left out)`, ...lines.slice(left)] : lines;
  return ['  answer:', ...shown.map((line) => `    ${line}`)];
}
