import path from 'node:path';
import { z } from 'zod';
import { readEventLines } from '../events/event-lines.ts';

/** What the conductor says of one repetition, ns since 1970 on the capture's clock. */
export interface Disturbance {
  /** when the contact node was killed, cut off or told to leave */
  readonly endNs: bigint;
  /** nothing behind this is measured */
  readonly observedNs: bigint;
}

/** What clients and conductor tell of a cell. */
export interface Told {
  /** by repetition; a repetition that was not disturbed exactly once has none */
  readonly disturbances: ReadonlyMap<number, Disturbance>;
  /** by name, e.g. `held-0`: whether the client got its document whole */
  readonly visits: ReadonlyMap<string, boolean>;
}

const ns = z.string().regex(/^\d+$/).transform(BigInt);
const step = z.object({ t: ns, action: z.string(), repetition: z.int().optional() });
const visit = z.object({ name: z.string(), ok: z.boolean() });

/** Reads `events.jsonl` of a cell's folder. Throws DecodeError. */
export async function readTold(folder: string): Promise<Told> {
  const file = path.join(folder, 'events.jsonl');
  const steps = await readEventLines(
    file,
    (line) => line.node === 'conductor' && line.event === 'step',
    step,
  );
  const visits = await readEventLines(file, ({ event }) => event === 'visit-finished', visit);
  const disturbances = new Map<number, Disturbance>();
  for (const repetition of new Set(steps.flatMap((one) => one.repetition ?? []))) {
    const own = steps.filter((one) => one.repetition === repetition);
    const [end, ...more] = own.filter(({ action }) => action !== 'mark');
    const observed = own.find(({ action }) => action === 'mark');
    if (end !== undefined && observed !== undefined && more.length === 0)
      disturbances.set(repetition, { endNs: end.t, observedNs: observed.t });
  }
  return { disturbances, visits: new Map(visits.map(({ name, ok }) => [name, ok])) };
}
