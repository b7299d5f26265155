import path from 'node:path';
import type { CellRecord } from './cell.ts';
import { readCellRecord } from './cell-record.ts';
import { readTlsKeyLog } from './events/channel-keys.ts';
import { readVerdicts, type Verdict } from './events/client-verdicts.ts';
import { type CaptureTrace, type RepetitionTrace, traceCapture } from './events/handoff-events.ts';
import { type ProcessStamp, readStamps, stampsBetween } from './events/process-stamps.ts';

/** One repetition as capture and client tell it. */
export interface CellRepetition {
  readonly repetition: number;
  /** the client's connections in it: one, if all went well */
  readonly traces: readonly RepetitionTrace[];
  readonly verdict: Verdict | undefined;
  /** what the members' processes say of their handoffs in it */
  readonly stamps: readonly ProcessStamp[];
}

/** What lies in a cell's folder, read and sorted by repetition. */
export interface CellEvidence {
  readonly cell: CellRecord;
  readonly capture: CaptureTrace;
  /** 0 … repetitions − 1 */
  readonly repetitions: readonly CellRepetition[];
}

/** Reads `cell.json`, `router.pcap`, `events.jsonl` and, where there is one, `tls_keys`. Throws DecodeError when one of them is not what it should be. */
export async function readCell(folder: string): Promise<CellEvidence> {
  const cell = readCellRecord(folder);
  const events = path.join(folder, 'events.jsonl');
  const verdicts = await readVerdicts(events);
  const stamps = await readStamps(events);
  const keyLog = readTlsKeyLog(path.join(folder, 'tls_keys'));
  const capture = traceCapture(path.join(folder, 'router.pcap'), cell, keyLog);
  const traces = assign(capture, verdicts);
  const repetitions = Array.from({ length: cell.repetitions }, (_, repetition) => {
    const verdict = verdicts.find((other) => other.repetition === repetition);
    const before = verdicts.findLast((other) => verdict !== undefined && other.t < verdict.t);
    return {
      repetition,
      traces: traces.get(repetition) ?? [],
      verdict,
      stamps: verdict === undefined ? [] : stampsBetween(stamps, before?.t, verdict.t),
    };
  });
  return { cell, capture, repetitions };
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
