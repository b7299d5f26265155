import type { TopLevelSpec } from 'vega-lite';
import { nameInUnit, rounded, withUnit } from '../number.ts';
import { faint, ink, palette, shapes } from '../plots/palette.ts';
import { theme } from '../plots/theme.ts';
import type { Comparison } from './compare.ts';
import { percent, signed } from './verdict.ts';

const rowHeight = 30;
const width = 560;

/** A row per grid point: both means, a line between them, and the difference with its interval in words. */
export function comparisonFigure(comparison: Comparison): TopLevelSpec {
  const { a, b, measure, unit, points, experiment, clock, overall } = comparison;
  const values = points.flatMap((point) => [
    { point: point.name, variant: a, value: rounded(point.meanA), other: rounded(point.meanB) },
    { point: point.name, variant: b, value: rounded(point.meanB), words: words(comparison, point) },
  ]);
  const y = {
    field: 'point',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { labelLimit: 400, grid: false },
  };
  const x = { field: 'value', type: 'quantitative', title: nameInUnit(measure, unit), scale: { zero: true } };
  const channel = (range: readonly string[]) => ({
    field: 'variant',
    scale: { domain: [a, b], range },
    legend,
  });
  const intervals = points.some(({ difference }) => difference.interval) ? ' [95 % interval]' : '';
  return {
    data: { values },
    title: {
      text: `${experiment}: ${b} against ${a}`,
      subtitle: `means of ${overall.n} pairs in all, difference of ${b}${intervals}; ${clock} clock`,
    },
    config: theme,
    width,
    height: { step: rowHeight },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.other)' }],
        mark: { type: 'rule', strokeWidth: 3, color: faint },
        encoding: { y, x, x2: { field: 'other' } },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { x, y, color: channel(palette.slice(0, 2)), shape: channel(shapes.slice(0, 2)) },
      },
      {
        transform: [{ filter: 'isValid(datum.words)' }],
        mark: { type: 'text', align: 'left', baseline: 'middle', fontSize: 12, color: ink },
        encoding: { y, text: { field: 'words' }, x: { value: width + 8 } },
      },
    ],
  } as unknown as TopLevelSpec;
}

const legend = { title: null, orient: 'top', symbolOpacity: 1 };
function words({ unit }: Comparison, { difference, ratio }: Comparison['points'][number]): string {
  const { value, interval } = difference;
  const range = interval === undefined ? '' : ` [${signed(interval.low)}, ${signed(interval.high)}]`;
  return `${withUnit(signed(value), unit)}${range}${ratio === undefined ? '' : `, ${percent({ value: ratio.value })}`}`;
}
