import type { Measure } from '../experiments/experiment.ts';
import type { CellRecord } from './cell.ts';
import type { RepetitionTrace } from './events/handoff-events.ts';
import { findHandoff, type Handoff } from './phases/handoff.ts';
import { extractors } from './phases/measures.ts';
import { brokenPreconditions } from './phases/preconditions.ts';
import { type CellEvidence, type CellRepetition, readCell } from './read-cell.ts';
import type { Sample } from './sample.ts';

/**
 * All samples of a cell: repetition by repetition, the measures in the order asked for.
 *
 * A repetition whose preconditions fail gives samples without a value, outcome `failed`, the reason in words. A measure
 * which no capture gives, or which asks for a handoff where the cell runs none, is `unsupported`. A sample that succeeded
 * may carry a remark in `reason` (a phase that was not on the critical path). Throws DecodeError for a folder that is no
 * cell: `cell.json`, `router.pcap`, `events.jsonl`.
 */
export async function analyzeCell(
  folder: string,
  measures: readonly Pick<Measure, 'name' | 'unit'>[],
): Promise<Sample[]> {
  const evidence = await readCell(folder);
  return evidence.repetitions.flatMap((repetition) => {
    const judged = judge(evidence, repetition);
    return measures.map((measure) => toSample(evidence.cell, repetition.repetition, measure, judged));
  });
}

type Judged =
  | { readonly failed: true; readonly reason: string }
  | { readonly failed: false; readonly trace: RepetitionTrace; readonly handoff: Handoff | undefined };

function judge(
  { cell, capture, repetitions }: CellEvidence,
  { repetition, traces, verdict }: CellRepetition,
): Judged {
  const [trace, ...others] = traces;
  if (trace === undefined) {
    const said = verdict === undefined ? '' : `; the client reports: ${verdict.problem || 'finished'}`;
    return { failed: true, reason: `no connection of the client in the capture${said}` };
  }
  const handoff = findHandoff(trace, capture.testbed);
  const handoffExpected = cell.variant !== '';
  const reasons = [
    ...brokenPreconditions({ testbed: capture.testbed, trace, verdict, handoff, handoffExpected }),
  ];
  if (others.length > 0) reasons.unshift(`${traces.length} connections of the client instead of one`);
  // What the lost tail held is unknown: it could have been a reset.
  if (capture.truncated && repetition === repetitions.length - 1) reasons.unshift('the capture is cut off');
  if (reasons.length > 0) return { failed: true, reason: reasons.join('; ') };
  return { failed: false, trace, handoff };
}

function toSample(
  cell: CellRecord,
  repetition: number,
  { name, unit }: Pick<Measure, 'name' | 'unit'>,
  judged: Judged,
): Sample {
  const { experiment, cell: id, parameters, variant, clock, seed } = cell;
  const base = { experiment, cell: id, parameters, variant, clock, seed, repetition, measure: name, unit };
  if (judged.failed) return { ...base, outcome: 'failed', reason: judged.reason };
  const extract = extractors.get(name);
  if (extract === undefined) {
    return { ...base, outcome: 'unsupported', reason: `no capture gives a measure '${name}'` };
  }
  const measured = extract(judged.trace, judged.handoff);
  if (measured === undefined)
    return { ...base, outcome: 'unsupported', reason: 'the repetition has no handoff' };
  return { ...base, value: measured.value, outcome: 'succeeded', reason: measured.remark };
}
