/** What a failed piece of lab machinery can tell beside its message. */
interface LabErrorDetails {
  /** the command that failed, as it was run */
  readonly command?: string;
  /** the lab's node (namespace) on which it ran */
  readonly node?: string;
  /** what it printed, in full */
  readonly stderr?: string;
  /** what the reader can do next, e.g. an exact `apt-get install` line */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** The lab could not be built, started, run or ended; `message` holds all details, ready to print. */
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

function describe(summary: string, details: LabErrorDetails): string {
  const lines = [summary];
  if (details.node !== undefined) lines.push(`  node: ${details.node}`);
  if (details.command !== undefined) lines.push(`  command: ${details.command}`);
  const printed = details.stderr?.trimEnd();
  if (printed) lines.push('  output:', ...lastLines(printed).map((line) => `    ${line}`));
  if (details.remedy !== undefined) lines.push(`  remedy: ${details.remedy}`);
  return lines.join('\n');
}

function lastLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.length <= SHOWN_LINES) return lines;
  return [`(${lines.length - SHOWN_LINES} lines left out)`, ...lines.slice(-SHOWN_LINES)];
}
