import { type WholeAxes, wholeAxes } from '../../server/handoff/axes.ts';
import { handoffVariants, untoldAxes } from '../../server/handoff/variants.ts';
import type { MeasureFamily, RepetitionReading } from '../measures/measure-family.ts';
import { type CellEvidence, type CellRepetition, readCell } from '../read-cell.ts';
import { findHandoff } from './handoff.ts';
import { extractors } from './handoff-measures.ts';
import { brokenPreconditions } from './handoff-preconditions.ts';
import { processMeasure, processMeasures, stampsOfHandoff } from './process-phases.ts';

/** One TCP connection of the client per repetition, handed from member to member or not. */
export const handoffFamily: MeasureFamily = {
  measures: [...extractors.keys(), ...processMeasures],
  read: async (folder) => {
    const evidence = await readCell(folder);
    return evidence.repetitions.map((repetition) => judge(evidence, repetition));
  },
};

/** Undefined of a variant that moves nobody, what the others are compared with; one that nobody knows any more is taken for the paper's last. */
function axesOf(variant: string): WholeAxes | undefined {
  if (variant === '') return undefined;
  const known = handoffVariants.find(({ name }) => name === variant);
  return known?.stays === true ? undefined : wholeAxes(known ?? untoldAxes);
}

function judge(
  { cell, capture, repetitions }: CellEvidence,
  { repetition, traces, verdict, stamps }: CellRepetition,
): RepetitionReading {
  const [trace, ...others] = traces;
  if (trace === undefined) {
    const said = verdict === undefined ? '' : `; the client reports: ${verdict.problem || 'finished'}`;
    return { failed: `no connection of the client in the capture${said}` };
  }
  const handoff = findHandoff(trace, capture.testbed);
  const axes = axesOf(cell.variant);
  const reasons = [...brokenPreconditions({ testbed: capture.testbed, trace, verdict, handoff, axes })];
  if (others.length > 0) reasons.unshift(`${traces.length} connections of the client instead of one`);
  // What the lost tail held is unknown: it could have been a reset.
  if (capture.truncated && repetition === repetitions.length - 1) reasons.unshift('the capture is cut off');
  if (reasons.length > 0) return { failed: reasons.join('; ') };
  const stamped = stampsOfHandoff(stamps);
  return {
    measure: (name) =>
      processMeasures.includes(name)
        ? handoff && stamped && processMeasure(name, stamped, handoff)
        : extractors.get(name)?.(trace, handoff, { parameters: cell.parameters, verdict }),
    absent: handoff === undefined ? 'the repetition has no handoff' : 'the event log does not tell it',
  };
}
