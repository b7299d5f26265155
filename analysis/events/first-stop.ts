import path from 'node:path';
import { z } from 'zod';
import type { PcapReader } from '../capture/pcap-reader.ts';
import { readEventLines } from './event-lines.ts';

const stoppedLine = z.object({ t: z.string().regex(/^\d+$/).transform(BigInt) });

/**
 * When the first of the nodes ended, as all are told to behind the last repetition, as `events.jsonl` has it: on the capture's clock, or never, where
 * none says so. What is still under way then comes to hosts on which nobody listens any more. Throws DecodeError.
 */
export async function firstStopOf(folder: string, capture: Pick<PcapReader, 'sinceEpoch'>): Promise<number> {
  const isStop = ({ event }: { readonly event: string }): boolean => event === 'stopped';
  const stops = await readEventLines(path.join(folder, 'events.jsonl'), isStop, stoppedLine);
  return Math.min(Number.POSITIVE_INFINITY, ...stops.map(({ t }) => capture.sinceEpoch(t)));
}
