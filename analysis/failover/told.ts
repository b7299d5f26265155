import path from 'node:path';
import { z } from 'zod';
import { readEventLines } from '../events/event-lines.ts';

const ns = z.string().regex(/^\d+$/).transform(BigInt);
const step = z.object({ t: ns, action: z.string(), target: z.string(), repetition: z.int().optional() });
const connected = z.object({ t: ns, repetition: z.int(), port: z.int() });
const verdict = z.object({
  t: ns,
  repetition: z.int(),
  ok: z.boolean(),
  bytes: z.int(),
  problem: z.string(),
});
const ofConnection = z.object({ t: ns, node: z.string(), event: z.string(), port: z.int() });
const takingOver = z.object({ t: ns, node: z.string() });

/** What a repetition's processes tell; times in ns since 1970 on the capture's clock. */
export interface ToldOfOne {
  /** when the member was killed or cut off, and which */
  readonly end: { readonly t: bigint; readonly member: string } | undefined;
  /** when that of the next repetition was, whose client may have the same port; undefined: there is none */
  readonly nextEnd: bigint | undefined;
  readonly connected: { readonly t: bigint; readonly port: number } | undefined;
  readonly verdict: { readonly ok: boolean; readonly problem: string } | undefined;
  /** the backup's Binding Update */
  readonly takenAt: bigint | undefined;
  /** first acknowledgement of a checkpoint */
  readonly protectedAt: bigint | undefined;
  /** the connection was protected when its member ended, by that member's own word */
  readonly isProtected: boolean;
  /** the connection came to another member: by a binding that one had left behind, or since it was contact node */
  readonly servedElsewhere: boolean;
}

const states = ['connection-protected', 'connection-pending', 'connection-unprotected'];

/** Reads `events.jsonl` of a cell's folder: one of each repetition. Throws DecodeError. */
export async function readTold(folder: string, repetitions: number): Promise<readonly ToldOfOne[]> {
  const file = path.join(folder, 'events.jsonl');
  const of = <Line>(is: (event: string, node: string) => boolean, shape: z.ZodType<Line>) =>
    readEventLines(file, ({ event, node }) => is(event, node), shape);
  const steps = await of((event, node) => node === 'conductor' && event === 'step', step);
  const ports = await of((event) => event === 'connected', connected);
  const verdicts = await of((event) => event === 'repetition-finished', verdict);
  const changes = await of((event) => states.includes(event), ofConnection);
  const served = await of((event) => event === 'client-connected', ofConnection);
  const takeovers = await of((event) => event === 'client-taking-over', takingOver);
  return Array.from({ length: repetitions }, (_, repetition) => {
    const ending = steps.find((one) => one.repetition === repetition);
    const end = ending && { t: ending.t, member: ending.target };
    const begun = ports.find((one) => one.repetition === repetition);
    const own = changes.filter(({ port, node }) => port === begun?.port && node === end?.member);
    const before = own.filter(({ t }) => end !== undefined && t <= end.t);
    const [previous, next] = [-1, 1].map((by) => steps.find((one) => one.repetition === repetition + by));
    // Ports come again.
    const firsts = served.filter(
      ({ t, port }) => port === begun?.port && t > (previous?.t ?? -1n) && t <= (end?.t ?? t),
    );
    return {
      end,
      nextEnd: next?.t,
      connected: begun,
      verdict: verdicts.find((one) => one.repetition === repetition),
      takenAt: takeovers.find(
        ({ t }) => end !== undefined && t >= end.t && (next === undefined || t < next.t),
      )?.t,
      protectedAt: own.find(({ event }) => event === 'connection-protected')?.t,
      isProtected: before.at(-1)?.event === 'connection-protected',
      servedElsewhere: firsts.length > 0 && firsts.at(-1)?.node !== end?.member,
    };
  });
}
