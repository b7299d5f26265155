import { z } from 'zod';
import { readVerdictsAs } from '../events/client-verdicts.ts';

const echoVerdict = z.object({
  repetition: z.int(),
  ok: z.boolean(),
  problem: z.string(),
  roundTripMs: z.number(),
});

/** What the client itself says of an echo. */
export type EchoVerdict = z.infer<typeof echoVerdict>;

/** By repetition. Throws DecodeError. */
export function readEchoVerdicts(folder: string): Promise<ReadonlyMap<number, EchoVerdict>> {
  return readVerdictsAs(folder, echoVerdict);
}
