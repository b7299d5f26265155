import { type MeasureFamily, plainly, rowOf } from '../measures/measure-family.ts';
import { readDownloads } from './downloads.ts';
import { extractors } from './parallel-measures.ts';
import { brokenPreconditions } from './parallel-preconditions.ts';

/** One document per repetition, fetched in ranges from several contact addresses at the same time. */
export const parallelFamily: MeasureFamily = {
  measures: Object.keys(extractors),
  read: async (folder, cell) => {
    const { services, downloads, truncated } = await readDownloads(folder, cell);
    return downloads.map((download, repetition) => {
      const reasons = [...brokenPreconditions(download, services, cell.parameters)];
      if (truncated && repetition === downloads.length - 1) reasons.unshift('the capture is cut off');
      if (reasons.length > 0) return { failed: reasons.join('; ') };
      return {
        measure: (name) => plainly(rowOf(extractors, name)?.({ download, services })),
        absent: 'no range is handed off',
      };
    });
  },
};
