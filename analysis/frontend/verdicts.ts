import path from 'node:path';
import { z } from 'zod';
import { lineOf, readEventLines } from '../events/event-lines.ts';

const sessionVerdict = z.object({ repetition: z.int(), ok: z.boolean(), problem: z.string() });

/** What the clients themselves say of a repetition. */
export type SessionVerdict = z.infer<typeof sessionVerdict>;

/** The clients' words in a cell's `events.jsonl`, by repetition. Throws DecodeError. */
export async function readSessionVerdicts(folder: string): Promise<ReadonlyMap<number, SessionVerdict>> {
  const lines = await readEventLines(
    path.join(folder, 'events.jsonl'),
    lineOf('client', 'repetition-finished'),
    sessionVerdict,
  );
  return new Map(lines.map((verdict) => [verdict.repetition, verdict]));
}
