import type { TopLevelSpec } from 'vega-lite';
import type { Experiment, Plot } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import type { Summary } from '../statistics.ts';
import { agreementFigure } from './agreement.ts';
import { barFigure } from './bars.ts';
import { lineFigure } from './lines.ts';
import { selectSummaries } from './points.ts';
import { rankingFigure } from './ranking.ts';
import { residualFigure } from './residuals.ts';

/** The Vega-Lite specification of a plot, its data included; undefined when the run has nothing that the plot shows. */
export function figure(
  plot: Plot,
  experiment: Experiment,
  summaries: readonly Summary[],
  samples: readonly Sample[] = [],
): TopLevelSpec | undefined {
  const { residuals } = plot;
  if (plot.kind === 'agreement') return agreementFigure(plot, experiment, samples);
  if (residuals !== undefined) return residualFigure(plot, residuals, experiment, summaries);
  const shown = placed(plot, selectSummaries(plot, experiment, summaries), summaries);
  if (shown.length === 0) return undefined;
  if (plot.kind === 'ranking') return rankingFigure(plot, shown);
  return plot.kind === 'stacked-bars' ? barFigure(plot, shown) : lineFigure(plot, shown);
}

/** Where the x axis is a measure: each cell's mean of it among the cell's parameters; cells without one are left out. */
function placed(
  { x: { parameter, measure } }: Plot,
  shown: readonly Summary[],
  all: readonly Summary[],
): readonly Summary[] {
  if (measure === undefined) return shown;
  const key = ({ cell, variant, clock }: Summary): string => [cell, variant, clock].join('|');
  const means = new Map(all.filter((s) => s.measure === measure).map((s) => [key(s), s.mean]));
  return shown.flatMap((summary) => {
    const mean = means.get(key(summary));
    const parameters = { ...summary.parameters, [parameter]: mean ?? 0 };
    return mean === undefined ? [] : [{ ...summary, parameters }];
  });
}
