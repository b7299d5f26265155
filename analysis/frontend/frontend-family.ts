import { type MeasureFamily, plainly, rowOf } from '../measures/measure-family.ts';
import { extractors } from './frontend-measures.ts';
import { brokenPreconditions } from './frontend-preconditions.ts';
import { readSessionVerdicts } from './session-verdicts.ts';
import { readSessions } from './sessions.ts';

/** Sessions of several clients with one server, by way of a front end or not: see measures.ts. */
export const frontendFamily: MeasureFamily = {
  measures: Object.keys(extractors),
  read: async (folder, cell) => {
    const { repetitions, truncated } = await readSessions(folder, cell);
    const verdicts = await readSessionVerdicts(folder);
    return repetitions.map((traffic, repetition) => {
      const reasons = [...brokenPreconditions(traffic, cell, verdicts.get(repetition))];
      if (truncated && repetition === repetitions.length - 1) reasons.unshift('the capture is cut off');
      if (reasons.length > 0) return { failed: reasons.join('; ') };
      return {
        measure: (name) => plainly(rowOf(extractors, name)?.(traffic)),
        absent: 'the documents are too short for it',
      };
    });
  },
};
