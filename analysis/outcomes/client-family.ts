import { outcomeTable } from '../../experiments/handoff-measures.ts';
import type { MeasureFamily } from '../measures/measure-family.ts';
import { readCell } from '../read-cell.ts';
import { clientOutcome, clientOutcomes, outcomeReading, readClientWords } from './client-outcome.ts';

const prefix = 'client-';

/**
 * What became of each client, moved or not, whatever its handoff was like: nothing is left out where the handoff's own steps went wrong,
 * since those are the ones that count.
 */
export const clientFamily: MeasureFamily = {
  measures: Object.keys(outcomeTable).map((name) => prefix + name),
  read: async (folder, cell) => {
    const { capture, repetitions } = await readCell(folder);
    const words = await readClientWords(folder);
    return repetitions.map((one) => {
      const outcome = clientOutcome(cell, capture.testbed, one, words.get(one.repetition));
      if (typeof outcome === 'string') return { failed: outcome };
      return outcomeReading(outcome, prefix, clientOutcomes[outcome.outcome]!);
    });
  },
};
