/** What a LabError knows besides its message. */
interface LabErrorDetails {
  /** the command, or the equivalent `ip` command of a request made by netlink */
  readonly command?: string;
  /** the lab node it ran in */
  readonly node?: string;
  /** what the command printed, or the kernel's own words */
  readonly stderr?: string;
  /** what to do next, as an instruction */
  readonly remedy?: string;
  readonly cause?: unknown;
}

/** A kernel, a tool or the lab did not do what was asked: says what was asked, where, the answer, and what to do next. */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly command: string | undefined;
  readonly node: string | undefined;
  readonly stderr: string | undefined;
  readonly remedy: string | undefined;

  constructor(message: string, details: LabErrorDetails = {}) {
    super(compose(message, details), { cause: details.cause });
    this.command = details.command;
    this.node = details.node;
    this.stderr = details.stderr;
    this.remedy = details.remedy;
  }
}

function compose(message: string, { command, node, stderr, remedy }: LabErrorDetails): string {
  const lines = [message];
  if (node !== undefined) lines.push(`  node: ${node}`);
  if (command !== undefined) lines.push(`  command: ${command}`);
  if (stderr !== undefined && stderr.trim() !== '') lines.push(`  answer: ${stderr.trim()}`);
  if (remedy !== undefined) lines.push(`  remedy: ${remedy}`);
  return lines.join('\n');
}
