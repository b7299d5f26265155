import type { Cell } from '../cells.ts';
import type { LabPlan } from '../procedures/procedure.ts';

/** A cell that is ready to be run. */
export interface PreparedCell {
  readonly cell: Cell;
  readonly plan: LabPlan;
  readonly fingerprint: string;
}
