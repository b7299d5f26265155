import { z } from 'zod';
import { readEventLines } from './event-lines.ts';

/** What donor and acceptor log of a handoff, in the order of a handoff without return routability in advance. */
const stampedEvents = [
  'handoff-requested',
  'prepare-sent',
  'socket-extracted',
  'init-sent',
  'prepare-received',
  'init-received',
  'return-routability-started',
  'return-routability-complete',
  'binding-update-sent',
  'binding-acknowledged',
  'socket-activated',
] as const;

export type StampedEvent = (typeof stampedEvents)[number];

/** When a process says that a step of a handoff took place. */
export interface ProcessStamp {
  readonly node: string;
  readonly event: StampedEvent;
  /** nanoseconds since 1970, on the capture's clock */
  readonly t: bigint;
  /** how long the step's call took, on the process's own clock, where it was timed */
  readonly ms?: number | undefined;
}

const stampLine = z.object({
  node: z.string(),
  event: z.enum(stampedEvents),
  t: z.string().regex(/^\d+$/).transform(BigInt),
  ms: z.number().optional(),
});
const wanted: ReadonlySet<string> = new Set(stampedEvents);

/** The stamps of all handoffs in `events.jsonl`, in the file's order. Throws DecodeError for a line that is no event. */
export function readStamps(path: string): Promise<readonly ProcessStamp[]> {
  return readEventLines(path, ({ event }) => wanted.has(event), stampLine);
}

/** Those after `begin` (from the beginning, where undefined) and not after `end`. */
export function stampsBetween(
  stamps: readonly ProcessStamp[],
  begin: bigint | undefined,
  end: bigint,
): readonly ProcessStamp[] {
  return stamps.filter(({ t }) => t <= end && (begin === undefined || t > begin));
}
