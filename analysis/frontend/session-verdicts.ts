import { z } from 'zod';
import { readVerdictsAs } from '../events/client-verdicts.ts';

const sessionVerdict = z.object({ repetition: z.int(), ok: z.boolean(), problem: z.string() });

/** What the clients themselves say of a repetition. */
export type SessionVerdict = z.infer<typeof sessionVerdict>;

/** By repetition. Throws DecodeError. */
export function readSessionVerdicts(folder: string): Promise<ReadonlyMap<number, SessionVerdict>> {
  return readVerdictsAs(folder, sessionVerdict);
}
