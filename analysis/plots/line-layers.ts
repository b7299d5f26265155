import type { Plot } from '../../experiments/experiment.ts';
import { cycle, ink, palette, shapes } from './palette.ts';
import type { Point } from './points.ts';

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

/** Points where measured, a band for the 95 % interval, the paper's formulae dashed. */
export function layers(plot: Plot, points: readonly Point[]): readonly object[] {
  const scales = scalesOf(points);
  const counts = points.every((point) => Number.isInteger(point.x) && point.x <= largestCount);
  const x = {
    field: 'x',
    type: 'quantitative',
    title: plot.x.title,
    scale: { zero: true, nice: true },
    ...(counts ? { axis: { tickMinStep: 1 } } : {}),
  };
  // Panels beside each other have one scale.
  const greatest = Math.max(...points.map((point) => Math.max(point.y, point.high ?? point.y)));
  const scale = { zero: true, nice: true, ...(plot.facet === undefined ? {} : { domainMax: greatest }) };
  const y = { field: 'y', type: 'quantitative', title: plot.y.title, scale };
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
export function residualLayers(plot: Plot, points: readonly Point[]): readonly object[] {
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

/** The same of a part of the x axis, with lines from point to point. */
export function insetLayers(points: readonly Point[]): readonly object[] {
  const { stroke, fill, shape } = scalesOf(points);
  const scale = { zero: false, nice: false, padding: 8 };
  const x = { field: 'x', type: 'quantitative', title: 'the same (ms)', axis: { tickCount: 4 }, scale };
  const y = { field: 'y', type: 'quantitative', title: 'less the formula (ms)', axis: { tickCount: 5 } };
  return [
    {
      data: { values: [{ y: 0 }] },
      mark: { type: 'rule', stroke: ink, strokeDash: [6, 4] },
      encoding: { y },
    },
    { mark: { type: 'line', strokeWidth: 3, opacity: 0.35 }, encoding: { x, y, stroke } },
    {
      mark: { type: 'point', size: 40, opacity: 1, strokeWidth: 1.5 },
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
