import path from 'node:path';
import { z } from 'zod';
import { lineOf, readEventLines } from '../events/event-lines.ts';

const echoVerdict = z.object({
  repetition: z.int(),
  ok: z.boolean(),
  problem: z.string(),
  roundTripMs: z.number(),
});

/** What the client itself says of an echo. */
export type EchoVerdict = z.infer<typeof echoVerdict>;

/** The client's words in a cell's `events.jsonl`, by repetition. Throws DecodeError. */
export async function readEchoVerdicts(folder: string): Promise<ReadonlyMap<number, EchoVerdict>> {
  const lines = await readEventLines(
    path.join(folder, 'events.jsonl'),
    lineOf('client', 'repetition-finished'),
    echoVerdict,
  );
  return new Map(lines.map((verdict) => [verdict.repetition, verdict]));
}
