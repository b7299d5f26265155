import path from 'node:path';
import { z } from 'zod';
import { lineOf, readEventLines } from './event-lines.ts';

/** What the client itself says of a repetition, when it has finished it. */
export interface Verdict {
  readonly repetition: number;
  /** nanoseconds since 1970, on the capture's clock */
  readonly t: bigint;
  /** payload octets received */
  readonly bytes: number;
  /** false: `bytes` is what the client printed, and nobody counted what came over its connection */
  readonly counted: boolean;
  /** of what was received, and of what should have been; hexadecimal */
  readonly sha256: string;
  readonly expected: string;
  readonly ok: boolean;
  /** '' when there was none */
  readonly problem: string;
  /** packets that the client's kernel dropped since the verdict before, by its own names for the reasons; undefined where the client did not look */
  readonly dropped?: string | undefined;
}

const verdictLine = z.object({
  t: z.string().regex(/^\d+$/).transform(BigInt),
  repetition: z.int(),
  bytes: z.int(),
  counted: z.boolean().default(true),
  sha256: z.string(),
  expected: z.string(),
  ok: z.boolean(),
  problem: z.string().default(''),
  dropped: z.string().optional(),
});

/**
 * The client's verdicts in `events.jsonl`, in the order of time. A repetition whose line was cut off has none. Throws
 * DecodeError where another line is no event.
 */
export async function readVerdicts(path: string): Promise<readonly Verdict[]> {
  const verdicts = await readEventLines(path, lineOf('client', 'repetition-finished'), verdictLine);
  return [...verdicts].sort((a, b) => (a.t < b.t ? -1 : a.t > b.t ? 1 : 0));
}

/** The client's words of another kind in a cell's `events.jsonl`, by repetition. Throws DecodeError. */
export async function readVerdictsAs<T extends { readonly repetition: number }>(
  folder: string,
  schema: z.ZodType<T>,
): Promise<ReadonlyMap<number, T>> {
  const lines = await readEventLines(
    path.join(folder, 'events.jsonl'),
    lineOf('client', 'repetition-finished'),
    schema,
  );
  return new Map(lines.map((verdict) => [verdict.repetition, verdict]));
}
