import fig12 from '../experiments/fig12.ts';
import { planOf } from '../runner/cells/cell-files.ts';
import { cellsOf } from '../runner/cells.ts';
import type { CellToRun } from './laboratory.ts';

const settings = { csMs: [40], ssMs: [20] };
const variants = ['drain+advance-rr'];

/** A cell of Figure 12: downloads of 1 MB at 2 Mbit/s, each handed off in the middle. */
export function handoffCell(repetitions: number): CellToRun {
  const selection = { profile: 'smoke', settings, variants, repetitions, clock: 'virtual', seed: 1 } as const;
  const [cell] = cellsOf(fig12, selection);
  return { cell: cell!, plan: planOf(cell!) };
}
