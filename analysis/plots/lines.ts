import type { TopLevelSpec } from 'vega-lite';
import type { Plot } from '../../experiments/experiment.ts';
import { groupBy } from '../select.ts';
import type { Summary } from '../statistics.ts';
import { insetLayers, layers, residualLayers } from './line-layers.ts';
import { linePoints, type Point, residualPoints } from './points.ts';
import { theme } from './theme.ts';

const size = {
  single: { width: 640, height: 400 },
  facet: { width: 640, height: 230 },
  residuals: { width: 640, height: 110 },
  besideInset: { width: 420, height: 230 },
  inset: { width: 190, height: 230 },
};

/** Lines over a parameter: points where measured, a band for the 95 % interval, the paper's formulae dashed. */
export function lineFigure(plot: Plot, summaries: readonly Summary[]): TopLevelSpec {
  const points = linePoints(plot, summaries);
  const layer = layers(plot, points);
  const common = { data: { values: [...points] }, title: titleOf(plot, summaries), config: theme };
  if (plot.facet === undefined) {
    const residuals = plot.fit === undefined ? [] : residualPoints(points);
    if (residuals.length === 0) return { ...common, ...size.single, layer } as TopLevelSpec;
    const below = {
      data: { values: [...residuals] },
      ...size.residuals,
      layer: residualLayers(plot, points),
    };
    return { ...common, vconcat: [{ ...size.single, layer }, below] } as TopLevelSpec;
  }
  if (plot.inset !== undefined)
    return { ...common, vconcat: panels(plot, plot.inset, points) } as TopLevelSpec;
  const header = {
    title: null,
    labelExpr: `${JSON.stringify(`${plot.facet.title}: `)} + datum.value`,
    labelAnchor: 'start',
  };
  const facet = { field: 'facet', type: 'ordinal', header };
  return { ...common, facet, columns: 1, spec: { ...size.facet, layer } } as TopLevelSpec;
}

/** A panel per value of the facet, and beside each what lies around the least points of its lines. */
function panels(plot: Plot, inset: NonNullable<Plot['inset']>, points: readonly Point[]): readonly object[] {
  const near = aroundMinima(residualPoints(points), inset.within);
  const values = [...new Set(points.flatMap(({ facet }) => facet ?? []))].sort((a, b) => a - b);
  const words = { anchor: 'start', fontSize: 13, fontWeight: 'normal', offset: 6 };
  const layer = layers(plot, points);
  return values.map((value) => ({
    hconcat: [
      {
        ...size.besideInset,
        title: { ...words, text: `${plot.facet?.title}: ${value}` },
        transform: [{ filter: `datum.facet === ${value}` }],
        layer,
      },
      {
        ...size.inset,
        title: { ...words, text: inset.title },
        data: { values: near.filter(({ facet }) => facet === value) },
        layer: insetLayers(points),
      },
    ],
  }));
}

/** Of each line, the points that are no farther than `within` from its least. */
function aroundMinima(points: readonly Point[], within: number): readonly Point[] {
  const lines = groupBy(points, ({ line, facet }) => `${facet}|${line}`);
  return [...lines.values()].flatMap((line) => {
    const least = line.reduce((best, point) => (point.y < best.y ? point : best), line[0]!);
    return line.filter(({ x }) => Math.abs(x - least.x) <= within);
  });
}

/** The title, and below it how many repetitions each point has and what the band is. */
export function titleOf(
  plot: Plot,
  summaries: readonly Summary[],
): { readonly text: string; readonly subtitle: string } {
  const counts = [...new Set(summaries.map((s) => s.n))].sort((a, b) => a - b);
  const n = counts.length === 1 ? `n = ${counts[0]}` : `n = ${counts[0]}…${counts.at(-1)}`;
  const bands =
    plot.kind !== 'stacked-bars' && counts.some((count) => count > 1)
      ? ', bands: 95 % interval of the mean'
      : '';
  const clocks = [...new Set(summaries.map((s) => s.clock))].sort().join(' and ');
  return {
    text: plot.title,
    subtitle: `means of ${n} per ${plot.kind === 'stacked-bars' ? 'bar' : 'point'}${bands}; ${clocks} clock`,
  };
}
