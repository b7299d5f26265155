import path from 'node:path';
import { z } from 'zod';
import { firstKill, pairName } from '../../experiments/faults/signalling.ts';
import { outcomeTable } from '../../experiments/handoff-measures.ts';
import type { CellRecord } from '../cell.ts';
import { lineOf, readEventLines } from '../events/event-lines.ts';
import type { MeasureFamily } from '../measures/measure-family.ts';
import { readCell } from '../read-cell.ts';
import { clientOutcome, outcomeReading, readClientWords } from './client-outcome.ts';

const prefix = 'fault-';
const appliedLine = z.object({ session: z.int(), signal: z.string(), fault: z.string() });

/** One fault per repetition, and what became of its client. A repetition whose fault found no packet has failed. */
export const faultFamily: MeasureFamily = {
  measures: Object.keys(outcomeTable).map((name) => prefix + name),
  read: async (folder, cell) => {
    const { capture, repetitions } = await readCell(folder);
    const words = await readClientWords(folder);
    const applied = await readEventLines(
      path.join(folder, 'events.jsonl'),
      lineOf('fault-gate', 'fault-applied'),
      appliedLine,
    );
    return repetitions.map((one) => {
      const place = placeOf(cell, one.repetition);
      const { kind = 0, secondKind = 0, secondPlace = 0 } = cell.parameters;
      const second = { kind: secondKind, place: secondPlace };
      const name = place === undefined ? undefined : pairName(cell.variant, { kind, place }, second);
      if (name === undefined) return { measure: () => undefined, absent: 'the variant has no such packet' };
      if (!applied.some(({ session }) => session === one.repetition))
        return { failed: `${name}: no such packet passed` };
      const outcome = clientOutcome(cell, capture.testbed, one, words.get(one.repetition));
      return typeof outcome === 'string'
        ? { failed: `${name}: ${outcome}` }
        : outcomeReading(outcome, prefix, name);
    });
  },
};

/** Of the repetition's packet; undefined where the cell has no such repetition: of a killed process there is one. */
function placeOf({ parameters }: CellRecord, repetition: number): number | undefined {
  const { kind = 0, place = 0 } = parameters;
  if (kind >= firstKill && repetition > 0) return undefined;
  return place === 0 ? repetition + 1 : place;
}
