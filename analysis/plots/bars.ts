import type { TopLevelSpec } from 'vega-lite';
import type { Parameters, Plot } from '../../experiments/experiment.ts';
import { rounded } from '../number.ts';
import type { Summary } from '../statistics.ts';
import { titleOf } from './lines.ts';
import { cycle, ink, palette } from './palette.ts';
import { theme } from './theme.ts';

const size = { width: 640, height: 380 };
/** room above the highest bar for its words */
const headroom = 1.12;
const sources = ['measured', 'paper'] as const;

/** One part of a bar, or what is written above it. */
interface Part {
  readonly kind: 'part' | 'total';
  readonly source: (typeof sources)[number];
  readonly x: number;
  readonly y: number;
  readonly order: number;
  readonly part: string;
}

/** Per value of x a bar stacked from the means of `plot.stack`; beside it, where the paper prints the parts, its own bar. */
export function barFigure(plot: Plot, summaries: readonly Summary[]): TopLevelSpec {
  const parts = [...measuredParts(plot, summaries), ...paperParts(plot, summaries)];
  const totals = totalsOf(parts);
  return {
    data: { values: [...parts, ...totals] },
    title: titleOf(plot, summaries),
    config: theme,
    ...size,
    layer: layers(
      plot,
      parts.some(({ source }) => source === 'paper'),
      Math.max(...totals.map(({ y }) => y)),
    ),
  } as TopLevelSpec;
}

function measuredParts(plot: Plot, summaries: readonly Summary[]): readonly Part[] {
  return (plot.stack ?? []).flatMap(({ measure, label }, order) =>
    summaries
      .filter((s) => s.measure === measure)
      .map((s) => part('measured', plot, s.parameters, order, label, s.mean!)),
  );
}

function paperParts(plot: Plot, summaries: readonly Summary[]): readonly Part[] {
  const places = new Map(summaries.map((s) => [s.parameters[plot.x.parameter], s.parameters]));
  return (plot.stack ?? []).flatMap(({ label, paper }, order) =>
    [...places.values()].flatMap((parameters) => {
      const value = paper?.(parameters);
      return value === undefined ? [] : [part('paper', plot, parameters, order, label, value)];
    }),
  );
}

function part(
  source: Part['source'],
  plot: Plot,
  parameters: Parameters,
  order: number,
  label: string,
  value: number,
): Part {
  const x = parameters[plot.x.parameter] ?? Number.NaN;
  return { kind: 'part', source, x, y: rounded(value), order, part: label };
}

/** The height of each bar in words above it. */
function totalsOf(parts: readonly Part[]): readonly Part[] {
  const bars = new Map<string, Part>();
  for (const { source, x, y } of parts) {
    const before = bars.get(`${source} ${x}`)?.y ?? 0;
    const sum = rounded(before + y);
    const words = sum.toFixed(sum < 100 ? 1 : 0);
    bars.set(`${source} ${x}`, { kind: 'total', source, x, y: sum, order: 0, part: words });
  }
  return [...bars.values()];
}

function layers(plot: Plot, withPaper: boolean, highest: number): readonly object[] {
  const x = { field: 'x', type: 'ordinal', title: plot.x.title, sort: 'descending', axis: { labelAngle: 0 } };
  const y = {
    field: 'y',
    type: 'quantitative',
    title: plot.y.title,
    scale: { domainMax: highest * headroom },
  };
  const xOffset = { field: 'source', type: 'nominal', sort: [...sources] };
  const place = withPaper ? { x, xOffset } : { x };
  const order = { field: 'order', type: 'quantitative' };
  const words = { text: { field: 'part', type: 'nominal' } };
  const label = { type: 'text', fontSize: 12, color: ink, baseline: 'bottom' };
  const bars = {
    transform: [{ filter: "datum.kind === 'part'" }],
    mark: { type: 'bar', stroke: 'white', strokeWidth: 0.5 },
    encoding: { ...place, y: { ...y, stack: 'zero' }, order, color: colorOf(plot) },
  };
  const totals = [{ filter: "datum.kind === 'total'" }];
  const heights = { transform: totals, mark: { ...label, dy: -4 }, encoding: { ...place, y, ...words } };
  if (!withPaper) return [bars, heights];
  const names = {
    transform: totals,
    mark: { ...label, dy: -19 },
    encoding: { ...place, y, text: { field: 'source', type: 'nominal' } },
  };
  return [bars, heights, names];
}

/** The legend reads as the bars do, from the top downwards. */
function colorOf(plot: Plot): object {
  const domain = (plot.stack ?? []).map((item) => item.label);
  const range = (plot.stack ?? []).map((item, i) => cycle(palette, item.colour ?? i));
  const legend = { title: null, values: [...domain].reverse(), symbolOpacity: 1, symbolType: 'square' };
  return { field: 'part', type: 'nominal', scale: { domain, range }, legend };
}
