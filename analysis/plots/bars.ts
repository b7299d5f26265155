import type { TopLevelSpec } from 'vega-lite';
import type { Plot } from '../../experiments/experiment.ts';
import { rounded } from '../number.ts';
import type { Summary } from '../statistics.ts';
import { titleOf } from './lines.ts';
import { cycle, ink, palette } from './palette.ts';
import { theme } from './theme.ts';

const size = { width: 560, height: 380 };

/** Bars stacked from the means of `plot.stack`, one bar per value of x; a panel per series where there are several. */
export function barFigure(plot: Plot, summaries: readonly Summary[]): TopLevelSpec {
  const stack = plot.stack ?? [];
  const parts = summaries.flatMap((s) => {
    const order = stack.findIndex((part) => part.measure === s.measure);
    if (order < 0) return [];
    return [
      {
        kind: 'part',
        x: s.parameters[plot.x.parameter],
        y: rounded(s.mean!),
        order,
        part: stack[order]!.label,
      },
    ];
  });
  const totals = (plot.reference ?? []).flatMap((reference) => {
    const places = new Map(summaries.map((s) => [s.parameters[plot.x.parameter], s.parameters]));
    return [...places].map(([x, p]) => ({
      kind: 'paper',
      x,
      y: rounded(reference.expected(p)),
      part: reference.label,
    }));
  });
  return {
    data: { values: [...parts, ...totals] },
    title: titleOf(plot, summaries),
    config: theme,
    ...size,
    layer: layers(plot, totals.length > 0),
  } as TopLevelSpec;
}

function layers(plot: Plot, withTotals: boolean): readonly object[] {
  const x = { field: 'x', type: 'ordinal', title: plot.x.title, sort: 'descending', axis: { labelAngle: 0 } };
  const y = { field: 'y', type: 'quantitative', title: plot.y.title };
  const color = colorOf(plot);
  const bars = {
    transform: [{ filter: "datum.kind === 'part'" }],
    mark: { type: 'bar' },
    encoding: { x, y: { ...y, stack: 'zero' }, order: { field: 'order', type: 'quantitative' }, color },
  };
  const ticks = {
    transform: [{ filter: "datum.kind === 'paper'" }],
    mark: { type: 'tick', thickness: 2.5, opacity: 1 },
    encoding: { x, y, color },
  };
  return withTotals ? [bars, ticks] : [bars];
}

/** The legend reads as the bars do, from the top downwards. */
function colorOf(plot: Plot): object {
  const parts = (plot.stack ?? []).map((part) => part.label);
  const totals = (plot.reference ?? []).map((reference) => reference.label);
  const domain = [...parts, ...totals];
  const range = [...parts.map((_, i) => cycle(palette, i)), ...totals.map(() => ink)];
  const legend = { title: null, values: [...domain].reverse(), symbolOpacity: 1, symbolType: 'square' };
  return { field: 'part', type: 'nominal', scale: { domain, range }, legend };
}
