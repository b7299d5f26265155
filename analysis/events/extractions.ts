import { z } from 'zod';
import { readEventLines } from './event-lines.ts';

/** What the donor's process says of the call that freezes and extracts a socket. */
export interface Extraction {
  /** when it was over: nanoseconds since 1970, on the capture's clock */
  readonly t: bigint;
  /** how long it took, on the process's own clock */
  readonly ms: number;
}

const extractionLine = z.object({
  t: z.string().regex(/^\d+$/).transform(BigInt),
  ms: z.number().optional(),
});

/** The extractions that `donor` logged in `events.jsonl`; those of a program that did not time the call are left out. */
export async function readExtractions(path: string, donor: string): Promise<readonly Extraction[]> {
  const lines = await readEventLines(path, donor, 'socket-extracted', extractionLine);
  return lines.flatMap(({ t, ms }) => (ms === undefined ? [] : [{ t, ms }]));
}

/** The one extraction after `begin` (from the beginning, where undefined) and before `end`; undefined for none or several. */
export function extractionBetween(
  extractions: readonly Extraction[],
  begin: bigint | undefined,
  end: bigint,
): Extraction | undefined {
  const found = extractions.filter(({ t }) => t <= end && (begin === undefined || t > begin));
  return found.length === 1 ? found[0] : undefined;
}
