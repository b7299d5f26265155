import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { DecodeError } from '../mip6/wire/errors.ts';
import type { CellRecord } from './cell.ts';
import { type CaptureTrace, type RepetitionTrace, traceCapture } from './events/handoff-events.ts';
import { readVerdicts, type Verdict } from './events/verdicts.ts';

/** One repetition as capture and client tell it. */
export interface CellRepetition {
  readonly repetition: number;
  /** the client's connections in it: one, if all went well */
  readonly traces: readonly RepetitionTrace[];
  readonly verdict: Verdict | undefined;
}

/** What lies in a cell's folder, read and sorted by repetition. */
export interface CellEvidence {
  readonly cell: CellRecord;
  readonly capture: CaptureTrace;
  /** 0 … repetitions − 1 */
  readonly repetitions: readonly CellRepetition[];
}

const cellRecord: z.ZodType<CellRecord> = z.object({
  experiment: z.string(),
  cell: z.string(),
  parameters: z.record(z.string(), z.number()),
  variant: z.string(),
  clock: z.enum(['virtual', 'wall']),
  seed: z.number(),
  repetitions: z.int().positive(),
  addresses: z.record(z.string(), z.string()),
  servicePort: z.int(),
  channelPort: z.int(),
  interfaces: z.record(z.string(), z.string()),
});

/** Reads `cell.json`, `router.pcap` and `events.jsonl`. Throws DecodeError when one of them is not what it should be. */
export async function readCell(folder: string): Promise<CellEvidence> {
  const cell = readCellRecord(path.join(folder, 'cell.json'));
  const verdicts = await readVerdicts(path.join(folder, 'events.jsonl'));
  const capture = traceCapture(path.join(folder, 'router.pcap'), cell);
  const traces = assign(capture, verdicts);
  const repetitions = Array.from({ length: cell.repetitions }, (_, repetition) => ({
    repetition,
    traces: traces.get(repetition) ?? [],
    verdict: verdicts.find((verdict) => verdict.repetition === repetition),
  }));
  return { cell, capture, repetitions };
}

function readCellRecord(file: string): CellRecord {
  const checked = cellRecord.safeParse(parseJson(file));
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new DecodeError(
    'illegal-value',
    `${file} ${issue?.path.join('.') ?? ''}`,
    issue?.message ?? 'not a cell',
  );
}

function parseJson(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw new DecodeError('illegal-value', file, 'no JSON');
  }
}

/**
 * Which repetition a connection belongs to: the one whose verdict is the first after the connection's SYN. Those without a
 * later verdict (the client died) are numbered on.
 */
function assign(capture: CaptureTrace, verdicts: readonly Verdict[]): Map<number, RepetitionTrace[]> {
  const finished = verdicts.map(({ repetition, t }) => ({ repetition, timeNs: capture.sinceEpoch(t) }));
  const byRepetition = new Map<number, RepetitionTrace[]>();
  let next = (verdicts.at(-1)?.repetition ?? -1) + 1;
  for (const trace of capture.repetitions) {
    const verdict = finished.find(({ timeNs }) => timeNs >= trace.connection.syn.timeNs);
    const repetition = verdict?.repetition ?? next++;
    byRepetition.set(repetition, [...(byRepetition.get(repetition) ?? []), trace]);
  }
  return byRepetition;
}
