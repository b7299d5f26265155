import { mean } from 'simple-statistics';
import type { TopLevelSpec } from 'vega-lite';
import type { Plot } from '../../experiments/experiment.ts';
import { rounded } from '../number.ts';
import { groupBy } from '../select.ts';
import type { Summary } from '../statistics.ts';
import { titleOf } from './lines.ts';
import { cycle, faint, ink, palette, shapes } from './palette.ts';
import { theme } from './theme.ts';

const width = 640;
const rowHeight = 34;
/** Below so many units the axis is even, above it logarithmic: gaps go from below a packet to half a second. */
const evenUpTo = 2;
const ticks = [0, 1, 3, 10, 30, 100, 300, 1000];

interface Row {
  readonly kind: 'measured' | 'formula';
  readonly variant: string;
  readonly point: string;
  readonly value: number;
}

/** A row per variant, the least first, with a point per cell; a stroke where the variant's formula says that it is. */
export function rankingFigure(plot: Plot, summaries: readonly Summary[]): TopLevelSpec {
  const name = ({ parameters }: Summary): string => plot.seriesLabel?.(parameters) ?? '';
  const measured = summaries.map((s) => row('measured', s.variant, name(s), s.mean!));
  const formulae = summaries.flatMap((s) => {
    const { expected } = plot.reference?.find(({ series }) => series === s.variant) ?? {};
    return expected === undefined ? [] : [row('formula', s.variant, name(s), expected(s.parameters))];
  });
  const order = [...groupBy(measured, ({ variant }) => variant)]
    .map(([variant, rows]) => ({ variant, value: mean(rows.map(({ value }) => value)) }))
    .sort((a, b) => a.value - b.value || (a.variant < b.variant ? -1 : 1))
    .map(({ variant }) => variant);
  const points = [...new Set(measured.map(({ point }) => point))].sort();
  const title = titleOf(plot, summaries);
  const strokes = formulae.length === 0 ? '' : '; strokes: the formula';
  return {
    data: { values: [...measured, ...formulae] },
    title: { ...title, subtitle: title.subtitle + strokes },
    config: theme,
    width,
    height: { step: rowHeight },
    layer: layers(plot, { order, points, greatest: Math.max(...measured.map(({ value }) => value)) }),
  } as unknown as TopLevelSpec;
}

function row(kind: Row['kind'], variant: string, point: string, value: number): Row {
  return { kind, variant, point, value: rounded(value) };
}

interface Extent {
  readonly order: readonly string[];
  readonly points: readonly string[];
  readonly greatest: number;
}

function layers(plot: Plot, { order, points, greatest }: Extent): readonly object[] {
  const y = {
    field: 'variant',
    type: 'nominal',
    sort: order,
    title: null,
    axis: { labelLimit: 300, grid: true, gridColor: faint },
  };
  const x = {
    field: 'value',
    type: 'quantitative',
    title: plot.y.title,
    scale: {
      ...{ type: 'symlog', constant: evenUpTo, domainMin: 0 },
      domainMax: ticks.find((tick) => tick >= greatest) ?? greatest,
    },
    axis: { values: ticks },
  };
  const legend = { title: null, orient: 'top', symbolOpacity: 1 };
  const channel = (range: readonly string[]) => ({
    field: 'point',
    type: 'nominal',
    scale: { domain: points, range },
    legend,
  });
  const colours = channel(points.map((_, index) => cycle(palette, index)));
  return [
    {
      transform: [{ filter: "datum.kind === 'formula'" }],
      mark: { type: 'tick', thickness: 2, size: rowHeight * 0.7, color: ink },
      encoding: { x, y },
    },
    {
      transform: [{ filter: "datum.kind === 'measured'" }],
      mark: { type: 'point', size: 80, opacity: 0.9, strokeWidth: 1 },
      encoding: {
        ...{ x, y, stroke: colours, fill: colours },
        shape: channel(points.map((_, index) => cycle(shapes, index))),
      },
    },
  ];
}
