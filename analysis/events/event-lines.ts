import { createInterface } from 'node:readline';
import { z } from 'zod';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { streamStored } from '../stored-file.ts';

const anyLine = z.object({ node: z.string(), event: z.string() });

/** Who tells of what. */
export type EventLine = z.infer<typeof anyLine>;

/** Lines with which `node` tells of `event`. */
export function lineOf(node: string, event: string): (line: EventLine) => boolean {
  return (line) => line.node === node && line.event === event;
}

/**
 * Those lines of `events.jsonl` that are `wanted`, in the file's order.
 *
 * A last line that was cut off (no line end) is passed over. Throws DecodeError for any other line that is no event.
 */
export async function readEventLines<T>(
  path: string,
  wanted: (line: EventLine) => boolean,
  schema: z.ZodType<T>,
): Promise<readonly T[]> {
  const found: T[] = [];
  let lineNumber = 0;
  let broken: DecodeError | undefined;
  for await (const line of createInterface({ input: streamStored(path), crlfDelay: Infinity })) {
    // Broken and not the last one: only the last line can have been cut off.
    if (broken !== undefined) throw broken;
    lineNumber++;
    if (line === '') continue;
    try {
      const value = parseJson(line, lineNumber);
      const told = check(anyLine, value, lineNumber);
      if (wanted(told)) found.push(check(schema, value, lineNumber));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      broken = error;
    }
  }
  return found;
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
