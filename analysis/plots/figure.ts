import type { TopLevelSpec } from 'vega-lite';
import type { Experiment, Plot } from '../../experiments/experiment.ts';
import type { Summary } from '../statistics.ts';
import { barFigure } from './bars.ts';
import { lineFigure } from './lines.ts';
import { selectSummaries } from './points.ts';
import { residualFigure } from './residuals.ts';

/** The Vega-Lite specification of a plot, its data included; undefined when the run has nothing that the plot shows. */
export function figure(
  plot: Plot,
  experiment: Experiment,
  summaries: readonly Summary[],
): TopLevelSpec | undefined {
  const { residuals } = plot;
  if (residuals !== undefined) return residualFigure(plot, residuals, experiment, summaries);
  const shown = selectSummaries(plot, experiment, summaries);
  if (shown.length === 0) return undefined;
  return plot.kind === 'stacked-bars' ? barFigure(plot, shown) : lineFigure(plot, shown);
}
