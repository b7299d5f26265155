import path from 'node:path';
import { readVerdicts } from '../events/client-verdicts.ts';
import { type MeasureFamily, plainly, rowOf } from '../measures/measure-family.ts';
import { extractors } from './calibration-measures.ts';
import { brokenPreconditions } from './calibration-preconditions.ts';
import { readTraffic } from './traffic.ts';

/** Datagrams between all stations, floods through the shapers, one bulk transfer per repetition. */
export const calibrationFamily: MeasureFamily = {
  measures: Object.keys(extractors),
  read: async (folder, cell) => {
    const { repetitions, truncated, malformed } = readTraffic(folder, cell);
    const verdicts = await readVerdicts(path.join(folder, 'events.jsonl'));
    const last = repetitions.length - 1;
    return repetitions.map((traffic, repetition) => {
      const verdict = verdicts.find((candidate) => candidate.repetition === repetition);
      const reasons = [...malformed, ...brokenPreconditions(traffic, cell, verdict)];
      if (truncated && repetition === last) reasons.unshift('the capture is cut off');
      if (reasons.length > 0) return { failed: reasons.join('; ') };
      return {
        measure: (name) => plainly(rowOf(extractors, name)?.(traffic)),
        absent: 'the repetition has no such traffic',
      };
    });
  },
};
