import type { CellRecord } from '../cell.ts';
import { type MeasureFamily, plainly, type RepetitionReading, rowOf } from '../measures/measure-family.ts';
import { rolesOf } from './roles.ts';
import { extractors } from './takeover-measures.ts';
import { brokenPreconditions } from './takeover-preconditions.ts';
import { readTold, type Told } from './told.ts';
import { readTraffic, type Traffic } from './traffic.ts';

/** Paper §3.2, Fig. 5: the end of a contact node and what its clients see of it, one per repetition; see measures.ts. */
export const takeoverFamily: MeasureFamily = {
  measures: Object.keys(extractors),
  read: async (folder, cell) => {
    const told = await readTold(folder);
    const traffic = readTraffic(folder, cell, told.disturbances);
    return Array.from({ length: cell.repetitions }, (_, repetition) =>
      reading(repetition, cell, told, traffic),
    );
  },
};

function reading(
  repetition: number,
  cell: CellRecord,
  { visits }: Told,
  { observations, truncated }: Traffic,
): RepetitionReading {
  const seen = observations.get(repetition);
  if (seen === undefined) return { failed: 'the contact node did not end exactly once' };
  const [held, optimized] = ['held', 'optimized'].map((name) => visits.get(`${name}-${repetition}`));
  const roles = rolesOf(cell);
  const reasons = [
    ...(truncated ? ['the capture is cut off'] : []),
    ...brokenPreconditions(seen, roles, cell.parameters),
    ...(held === undefined || optimized === undefined ? ['a client gave no verdict'] : []),
  ];
  if (reasons.length > 0) return { failed: reasons.join('; ') };
  const lost = { held: held ? 0 : 1, others: optimized ? 0 : 1 };
  const lossy = (cell.parameters.lossPct ?? 0) > 0;
  return {
    measure: (name) => plainly(rowOf(extractors, name)?.({ seen, roles, lossy, lost })),
    absent: 'the takeover has no such instant',
  };
}
