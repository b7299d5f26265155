import type { Summary } from '../../analysis/statistics.ts';
import type { Experiment } from '../../experiments/experiment.ts';

const shown = 24;
const significantDecimals = 3;

/**
 * For a run of which no claim says anything (latencies outside the paper's, say): the means of what the experiment draws, or
 * judges where it draws nothing, a line per cell and measure.
 */
export function meansOf(experiment: Experiment, summaries: readonly Summary[]): readonly string[] {
  const drawn = experiment.plots.map(({ measure }) => measure);
  const wanted = new Set(drawn.length > 0 ? drawn : experiment.claims.map(({ measure }) => measure));
  const lines = summaries.filter(({ measure }) => wanted.has(measure)).map(described);
  if (lines.length <= shown) return lines;
  return [...lines.slice(0, shown), `and ${lines.length - shown} more: summary.csv`];
}

function described({ cell, measure, mean, unit, n, failed }: Summary): string {
  const value = mean === undefined ? 'nothing' : `${Number(mean.toFixed(significantDecimals))} ${unit}`;
  const left = failed === 0 ? '' : `, ${failed} failed`;
  return `${cell}  ${measure} ${value} (n = ${n}${left})`;
}
