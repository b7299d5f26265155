import type { TopLevelSpec } from 'vega-lite';
import type { Plot } from '../../experiments/experiment.ts';
import type { Summary } from '../statistics.ts';
import { cycle, ink, palette, shapes } from './palette.ts';
import { linePoints, type Point, residualPoints } from './points.ts';
import { theme } from './theme.ts';

const size = {
  single: { width: 640, height: 400 },
  facet: { width: 640, height: 230 },
  residuals: { width: 640, height: 110 },
};
/** above so many values of x the points shrink, or they would hide the line */
const manyPoints = 15;
/** whole numbers up to this are taken for counts: no tick stands between them */
const largestCount = 10;
const legendColumns = 2;
const dashes = [
  [6, 4],
  [2, 3],
  [10, 3, 2, 3],
  [1, 4],
];

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
  const header = {
    title: null,
    labelExpr: `${JSON.stringify(`${plot.facet.title}: `)} + datum.value`,
    labelAnchor: 'start',
  };
  const facet = { field: 'facet', type: 'ordinal', header };
  return { ...common, facet, columns: 1, spec: { ...size.facet, layer } } as TopLevelSpec;
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

function layers(plot: Plot, points: readonly Point[]): readonly object[] {
  const scales = scalesOf(points);
  const counts = points.every((point) => Number.isInteger(point.x) && point.x <= largestCount);
  const x = {
    field: 'x',
    type: 'quantitative',
    title: plot.x.title,
    scale: { zero: true, nice: true },
    ...(counts ? { axis: { tickMinStep: 1 } } : {}),
  };
  const y = { field: 'y', type: 'quantitative', title: plot.y.title, scale: { zero: true, nice: true } };
  const measured = { filter: "datum.kind === 'measured'" };
  const band = { filter: "datum.kind === 'measured' && isValid(datum.low)" };
  return [
    {
      transform: [band],
      mark: { type: 'area', opacity: 0.25 },
      encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, fill: scales.fill },
    },
    {
      transform: [plot.fit === undefined ? measured : { filter: "datum.kind === 'fit'" }],
      mark: {
        type: 'line',
        strokeWidth: plot.fit === undefined ? 4 : 2,
        opacity: plot.fit === undefined ? 0.35 : 1,
      },
      encoding: { x, y, stroke: scales.stroke },
    },
    ...paperColors(plot, points).map(([series, color]) => ({
      transform: [{ filter: `datum.kind === 'paper' && datum.series === ${JSON.stringify(series)}` }],
      mark: { type: 'line', strokeWidth: 1.6, stroke: color },
      encoding: { x, y, strokeDash: scales.strokeDash },
    })),
    {
      transform: [measured],
      mark: {
        type: 'point',
        size: new Set(points.map((point) => point.x)).size > manyPoints ? 22 : 70,
        opacity: 1,
        strokeWidth: 1.5,
      },
      encoding: { x, y, stroke: scales.stroke, fill: scales.fill, shape: scales.shape },
    },
  ];
}

/** The colour of each line that the paper states: its series', but for one that would lie on a line of that colour and vanish. */
function paperColors(plot: Plot, points: readonly Point[]): readonly (readonly [string, string])[] {
  const measured = names(points, 'measured');
  const series = points.flatMap((point) =>
    point.kind === 'paper' && point.series !== undefined ? [point.series] : [],
  );
  return [...new Set(series)].map((name) => {
    const place = measured.indexOf(name);
    return [name, plot.fit !== undefined || place < 0 ? ink : cycle(palette, place)] as const;
  });
}

/** Below a figure whose lines lie on each other: what was measured less what the paper's formula says, ms. */
function residualLayers(plot: Plot, points: readonly Point[]): readonly object[] {
  const { stroke, fill, shape } = scalesOf(points);
  const x = { field: 'x', type: 'quantitative', title: plot.x.title, scale: { zero: true, nice: true } };
  const y = {
    field: 'y',
    type: 'quantitative',
    title: 'less the formula (ms)',
    scale: { zero: true, nice: true },
  };
  return [
    { data: { values: [{ y: 0 }] }, mark: { type: 'rule', stroke: ink, strokeWidth: 1 }, encoding: { y } },
    {
      mark: { type: 'point', size: 70, opacity: 1, strokeWidth: 1.5 },
      encoding: { x, y, stroke, fill, shape },
    },
  ];
}

/** One legend for colour, dash and shape: a line of the paper is a dashed stroke, a measured line its symbol. */
function scalesOf(points: readonly Point[]) {
  const measured = names(points, 'measured');
  const paper = names(points, 'paper');
  const domain = [...measured, ...paper];
  const color = [...measured.map((_, i) => cycle(palette, i)), ...paper.map(() => ink)];
  const shape = [...measured.map((_, i) => cycle(shapes, i)), ...paper.map(() => 'stroke')];
  const dash = [...measured.map(() => [1, 0]), ...paper.map((_, i) => cycle(dashes, i))];
  const legend = {
    title: null,
    orient: 'top',
    columns: legendColumns,
    symbolStrokeWidth: 1.8,
    symbolOpacity: 1,
  };
  const channel = (range: readonly unknown[], shown: object | null) => ({
    field: 'line',
    type: 'nominal',
    scale: { domain, range },
    legend: shown,
  });
  return {
    stroke: channel(color, legend),
    fill: channel(color, legend),
    shape: channel(shape, legend),
    strokeDash: channel(dash, legend),
  };
}

function names(points: readonly Point[], kind: Point['kind']): readonly string[] {
  return [...new Set(points.filter((point) => point.kind === kind).map((point) => point.line))];
}
