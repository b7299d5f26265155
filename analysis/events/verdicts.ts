import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { DecodeError } from '../../mip6/wire/errors.ts';

/** What the client itself says of a repetition, when it has finished it. */
export interface Verdict {
  readonly repetition: number;
  /** nanoseconds since 1970, on the capture's clock */
  readonly t: bigint;
  /** payload octets received */
  readonly bytes: number;
  /** of what was received, and of what should have been; hexadecimal */
  readonly sha256: string;
  readonly expected: string;
  readonly ok: boolean;
  /** '' when there was none */
  readonly problem: string;
}

const verdictLine = z.object({
  t: z.string().regex(/^\d+$/).transform(BigInt),
  repetition: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  expected: z.string(),
  ok: z.boolean(),
  problem: z.string().default(''),
});
const anyLine = z.object({ node: z.string(), event: z.string() });

/**
 * The client's verdicts in `events.jsonl`, in the order of time.
 *
 * A last line that was cut off (no line end) is passed over: its repetition then has no verdict. Throws DecodeError for any
 * other line that is no event.
 */
export async function readVerdicts(path: string): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  let lineNumber = 0;
  let broken: DecodeError | undefined;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    // Broken and not the last one: only the last line can have been cut off.
    if (broken !== undefined) throw broken;
    lineNumber++;
    if (line === '') continue;
    try {
      const verdict = parseVerdict(line, lineNumber);
      if (verdict !== undefined) verdicts.push(verdict);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      broken = error;
    }
  }
  return verdicts.sort((a, b) => (a.t < b.t ? -1 : a.t > b.t ? 1 : 0));
}

function parseVerdict(line: string, lineNumber: number): Verdict | undefined {
  const value = parseJson(line, lineNumber);
  const { node, event } = check(anyLine, value, lineNumber);
  if (node !== 'client' || event !== 'repetition-finished') return undefined;
  return check(verdictLine, value, lineNumber);
}

function parseJson(line: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new DecodeError('illegal-value', `events.jsonl line ${lineNumber}`, 'no JSON');
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown, lineNumber: number): T {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new DecodeError(
    'illegal-value',
    `events.jsonl line ${lineNumber} ${issue?.path.join('.') ?? ''}`,
    issue?.message ?? 'not an event',
  );
}
