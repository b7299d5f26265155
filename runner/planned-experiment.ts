import type { Experiment } from '../experiments/experiment.ts';
import { planOf } from './cells/cell-files.ts';
import type { PreparedCell } from './cells/prepared-cell.ts';
import { type CellSelection, cellsOf } from './cells.ts';
import { withOtherImplementations } from './procedures/other-implementations.ts';

/** An experiment with all its cells, checked. */
export interface PlannedExperiment {
  readonly experiment: Experiment;
  /** of its results, below `out`: the experiment's id, on a further clock with `@` and the clock behind it */
  readonly name: string;
  readonly selection: CellSelection;
  /** labs at the same time, instead of the run's */
  readonly jobs?: number;
  readonly cells: readonly Omit<PreparedCell, 'fingerprint'>[];
}

/** All cells of an experiment with their plans. Throws UsageError for anything that no lab could run. */
export function planExperiment(
  experiment: Experiment,
  selection: CellSelection,
  name = experiment.id,
): PlannedExperiment {
  const { others = {} } = selection;
  const cells = cellsOf(experiment, selection).map((cell) => ({
    cell,
    plan: withOtherImplementations(planOf(cell), others),
  }));
  return { experiment, name, selection, cells };
}
