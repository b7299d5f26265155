import { type WholeAxes, wholeAxes } from '../../server/variants/axes.ts';
import { findVariant, untoldAxes } from '../../server/variants/variants.ts';
import {
  type Measured,
  type MeasureFamily,
  plainly,
  type RepetitionReading,
  rowOf,
} from '../measures/measure-family.ts';
import { type CellEvidence, type CellRepetition, readCell } from '../read-cell.ts';
import { findHandoff } from './handoff.ts';
import { extractors } from './handoff-measures.ts';
import { brokenPreconditions, isOutOfOrderAlone } from './handoff-preconditions.ts';
import { processExtractors, stampsOfHandoff } from './process-phases.ts';

/** One TCP connection of the client per repetition, handed from member to member or not. */
export const handoffFamily: MeasureFamily = {
  measures: [...Object.keys(extractors), ...Object.keys(processExtractors)],
  read: async (folder) => {
    const evidence = await readCell(folder);
    return evidence.repetitions.map((repetition) => judge(evidence, repetition));
  },
};

/** Undefined of a variant that moves nobody, what the others are compared with; one that nobody knows any more is taken for the paper's last. */
function axesOf(variant: string): WholeAxes | undefined {
  if (variant === '') return undefined;
  const known = findVariant(variant);
  return known?.stays === true ? undefined : wholeAxes(known ?? untoldAxes);
}

/** A phase that ends before it begins is none. */
function spared(name: string, measured: Measured | undefined): Measured | undefined {
  return measured !== undefined && (measured.value >= 0 || name === 'handoff-gap') ? measured : undefined;
}

/** Of a server that hands off as it likes: what it should have done nobody knows; one handoff of one connection is measured as ours are. */
function judgeFree(
  { cell, capture }: CellEvidence,
  traces: CellRepetition['traces'],
  verdict: CellRepetition['verdict'],
): RepetitionReading {
  if (verdict === undefined || !verdict.ok)
    return { failed: `the client reports a failure: ${verdict?.problem ?? 'no end'}` };
  const broken = traces.flatMap((trace) =>
    brokenPreconditions({
      testbed: capture.testbed,
      trace,
      verdict,
      handoff: undefined,
      axes: 'any',
    }),
  );
  if (broken.length > 0) return { failed: [...new Set(broken)].join('; ') };
  const [trace, ...others] = traces;
  const handoffs = trace?.frames.filter(({ kind }) => kind === 'init').length ?? 0;
  const alone = trace !== undefined && others.length === 0 && handoffs === 1;
  const handoff = alone ? findHandoff(trace, capture.testbed) : undefined;
  return {
    measure: (name) =>
      alone ? rowOf(extractors, name)?.(trace, handoff, { parameters: cell.parameters, verdict }) : undefined,
    absent: `it is measured of one handoff of one connection: the repetition has ${traces.length} connections, the first one ${handoffs} handoffs`,
  };
}

function judge(
  { cell, capture, repetitions }: CellEvidence,
  { repetition, traces, verdict, stamps }: CellRepetition,
): RepetitionReading {
  if (cell.mayHandOff === true) return judgeFree({ cell, capture, repetitions }, traces, verdict);
  const [trace, ...others] = traces;
  if (trace === undefined) {
    const said = verdict === undefined ? '' : `; the client reports: ${verdict.problem || 'finished'}`;
    return { failed: `no connection of the client in the capture${said}` };
  }
  const handoff = findHandoff(trace, capture.testbed);
  const seen = { testbed: capture.testbed, trace, verdict, handoff, axes: axesOf(cell.variant) };
  const reasons = [...brokenPreconditions(seen)];
  const [ofSteps] = isOutOfOrderAlone(seen) ? reasons : [];
  const how = { parameters: cell.parameters, verdict };
  if (others.length > 0) reasons.unshift(`${traces.length} connections of the client instead of one`);
  // What the lost tail held is unknown: it could have been a reset.
  if (capture.truncated && repetition === repetitions.length - 1) reasons.unshift('the capture is cut off');
  if (reasons.length === 1 && reasons[0] === ofSteps)
    return {
      failed: ofSteps!,
      spared: (name) => spared(name, rowOf(extractors, name)?.(trace, handoff, how)),
    };
  if (reasons.length > 0) return { failed: reasons.join('; ') };
  const stamped = stampsOfHandoff(stamps);
  return {
    measure: (name) =>
      rowOf(extractors, name)?.(trace, handoff, how) ??
      (handoff && stamped && plainly(rowOf(processExtractors, name)?.(stamped, handoff))),
    absent: handoff === undefined ? 'the repetition has no handoff' : 'the event log does not tell it',
  };
}
