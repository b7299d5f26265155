import type { TopLevelSpec } from 'vega-lite';
import type { Claim, Experiment, Plot, ResidualLine, Residuals } from '../../experiments/experiment.ts';
import { intervalPct } from '../claims/proportion.ts';
import { toleranceOf } from '../claims/value.ts';
import { rounded } from '../number.ts';
import { groupBy, isMadeFor } from '../select.ts';
import type { Summary } from '../statistics.ts';
import { cycle, faint, ink, palette, shapes } from './palette.ts';
import { theme } from './theme.ts';

const size = { width: 640, height: 380 };
const legendColumns = 3;

interface Row {
  readonly kind: 'measured' | 'allowed';
  readonly line: string;
  readonly x: number;
  readonly y?: number;
  readonly low?: number;
  readonly high?: number;
}

/** What was measured less what the claims expect, a point per cell and line, over grey bars: what the claims tolerate. */
export function residualFigure(
  plot: Plot,
  { lines, difference }: Residuals,
  experiment: Experiment,
  summaries: readonly Summary[],
): TopLevelSpec | undefined {
  const differences = lines.flatMap((line) => differencesOf(plot, line, experiment, summaries));
  if (differences.length === 0) return undefined;
  const rows = differences.flatMap(({ line, x, measured, expected, low, high }): readonly Row[] => [
    { kind: 'measured', line, x, y: rounded(difference(measured, expected)) },
    {
      kind: 'allowed',
      line,
      x,
      low: rounded(difference(low, expected)),
      high: rounded(difference(high, expected)),
    },
  ]);
  const distinct = [...groupBy(rows, (row) => JSON.stringify(row)).values()].map((group) => group[0]!);
  const clocks = [...new Set(differences.map(({ clock }) => clock))].sort().join(' and ');
  return {
    data: { values: distinct },
    title: { text: plot.title, subtitle: `a point per cell; grey: what is tolerated; ${clocks} clock` },
    config: theme,
    ...size,
    layer: layers(plot, [...new Set(differences.map(({ line }) => line))]),
  } as TopLevelSpec;
}

/** One cell's measure beside a claim's expectation, in the measure's unit. */
interface Difference {
  readonly line: string;
  readonly clock: string;
  readonly x: number;
  readonly measured: number;
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

function differencesOf(
  plot: Plot,
  line: ResidualLine,
  experiment: Experiment,
  summaries: readonly Summary[],
): readonly Difference[] {
  const claims = experiment.claims.filter((claim) => line.claims.includes(claim.id));
  return claims.flatMap((claim) => {
    const cells = summaries.filter(
      (s) => s.measure === claim.measure && s.n > 0 && isMadeFor(experiment, claim, s, plot.where),
    );
    return cells.map((cell) => ({
      line: plot.seriesLabel?.(cell.parameters) ?? line.label,
      clock: cell.clock,
      x: cell.parameters[line.x ?? plot.x.parameter] ?? Number.NaN,
      measured: cell.mean!,
      ...tolerated(claim, cell, cells.length),
    }));
  });
}

/** Not a number for a claim of another kind: it has no single expectation per cell. */
function tolerated(
  claim: Claim,
  cell: Summary,
  cells: number,
): { expected: number; low: number; high: number } {
  if (claim.kind === 'proportion') {
    return { expected: claim.expectedPct(cell.parameters), ...intervalPct(claim, cell, cells) };
  }
  if (claim.kind !== 'value') return { expected: Number.NaN, low: Number.NaN, high: Number.NaN };
  const expected = claim.expected(cell.parameters);
  const tolerance = toleranceOf(claim, cell);
  return { expected, low: expected - tolerance, high: expected + tolerance };
}

function layers(plot: Plot, lines: readonly string[]): readonly object[] {
  const x = { field: 'x', type: 'ordinal', title: plot.x.title, axis: { labelAngle: 0 } };
  const y = { type: 'quantitative', title: plot.y.title };
  return [
    {
      transform: [{ filter: "datum.kind === 'allowed'" }],
      mark: { type: 'bar', color: faint },
      encoding: { x, xOffset: offset(lines), y: { ...y, field: 'low' }, y2: { field: 'high' } },
    },
    { mark: { type: 'rule', color: ink, strokeDash: [4, 3] }, encoding: { y: { ...y, datum: 0 } } },
    {
      transform: [{ filter: "datum.kind === 'measured'" }],
      mark: { type: 'point', size: 60, opacity: 1, strokeWidth: 1.5 },
      encoding: { x, y: { ...y, field: 'y' }, ...scalesOf(lines) },
    },
  ];
}

/** Points of different lines stand side by side … */
function offset(lines: readonly string[]) {
  return { field: 'line', type: 'nominal', scale: { domain: lines } };
}

/** … and differ in colour and shape. */
function scalesOf(lines: readonly string[]) {
  const legend = { title: null, orient: 'top', columns: legendColumns, symbolOpacity: 1 };
  const channel = (range: readonly string[]) => ({
    field: 'line',
    type: 'nominal',
    scale: { domain: lines, range },
    legend,
  });
  const colours = channel(lines.map((_, i) => cycle(palette, i)));
  return {
    xOffset: offset(lines),
    stroke: colours,
    fill: colours,
    shape: channel(lines.map((_, i) => cycle(shapes, i))),
  };
}
