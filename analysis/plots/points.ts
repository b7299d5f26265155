import type { Experiment, Plot } from '../../experiments/experiment.ts';
import { rounded } from '../number.ts';
import { regress } from '../regression.ts';
import { groupBy, selects } from '../select.ts';
import type { Summary } from '../statistics.ts';

/** A row of a line chart's data: a measured mean with its interval, an end of a fitted line, or a point of a line that the paper states. */
export interface Point {
  readonly kind: 'measured' | 'fit' | 'paper';
  readonly line: string;
  /** of a paper's line: the series that it belongs to; several may share a name */
  readonly series?: string;
  readonly x: number;
  readonly y: number;
  readonly low?: number;
  readonly high?: number;
  readonly facet?: number;
}

/** The summaries that a plot shows. */
export function selectSummaries(
  plot: Plot,
  experiment: Experiment,
  summaries: readonly Summary[],
): readonly Summary[] {
  const shown = new Set([plot.measure, ...(plot.stack ?? []).map((part) => part.measure)]);
  return summaries.filter((s) => shown.has(s.measure) && s.n > 0 && selects(experiment, plot.where ?? {}, s));
}

/** What a fitted line adds to its series' name: `6 · L_CS + 60.3`. Undefined where fewer than two places are measured. */
interface FittedLine {
  readonly slope: number;
  readonly intercept: number;
}

/** Least squares over the means of one series, each with the same weight. */
function fitLine(points: readonly { readonly x: number; readonly y: number }[]): FittedLine | undefined {
  const fit = regress(
    points.map(({ x, y }) => ({ x: { x }, y })),
    ['x'],
  );
  if (fit.kind === 'refused') return undefined;
  return { slope: fit.coefficients[0]!.estimate, intercept: fit.intercept.estimate };
}

/** The series of a cell, as the legend calls it. A run with two clocks says which: they are never one line. */
function lineName(plot: Plot, summary: Summary, clocks: number): string {
  const value = plot.series === 'variant' ? summary.variant : String(summary.parameters[plot.series] ?? '');
  const name = plot.seriesLabel?.(summary.parameters) ?? value;
  return clocks > 1 ? `${name}, ${summary.clock} clock` : name;
}

/** Measured points first, in the order of the legend, then the paper's lines over the same values of x. */
export function linePoints(plot: Plot, summaries: readonly Summary[]): readonly Point[] {
  const clocks = new Set(summaries.map((s) => s.clock)).size;
  const measured = summaries.map((s) => ({
    ...place(plot, s),
    kind: 'measured' as const,
    line: lineName(plot, s, clocks),
    y: rounded(s.mean!),
    ...(s.ci95Low === undefined || s.ci95High === undefined
      ? {}
      : { low: rounded(s.ci95Low), high: rounded(s.ci95High) }),
  }));
  const shown = plot.fit === undefined ? measured : withFits(measured, plot.fit.symbol);
  return [...shown, ...referencePoints(plot, summaries)];
}

/** Measured means less what the paper states for the same series, place and panel, each under its series' name. */
export function residualPoints(points: readonly Point[]): readonly Point[] {
  return points.flatMap((point) => {
    if (point.kind !== 'measured') return [];
    const stated = points.find(
      ({ kind, series, x, facet }) =>
        kind === 'paper' &&
        series !== undefined &&
        x === point.x &&
        facet === point.facet &&
        isOfSeries(point, series),
    );
    return stated === undefined
      ? []
      : [{ ...at(point), kind: point.kind, line: point.line, y: rounded(point.y - stated.y) }];
  });
}

function at({ x, facet }: Point): Pick<Point, 'x' | 'facet'> {
  return facet === undefined ? { x } : { x, facet };
}

/** By its name, behind which its fitted line may stand. */
function isOfSeries({ line }: Point, series: string): boolean {
  return line === series || line.startsWith(`${series}: `);
}

/** Each series under a name that tells its fitted line, followed by that line's two ends. With facets, a series is in one of them. */
function withFits(measured: readonly Point[], symbol: string): readonly Point[] {
  const series = groupBy(measured, (point) => point.line);
  return [...series].flatMap(([name, points]) => {
    const fit = fitLine(points);
    if (fit === undefined) return points;
    const sign = fit.intercept < 0 ? '−' : '+';
    // adding 0 turns a slope of −0.001 into a plain 0
    const slope = (Math.round(fit.slope * 100) / 100 + 0).toFixed(2);
    const line = `${name}: ${slope}·${symbol} ${sign} ${Math.abs(fit.intercept).toFixed(1)} ms`;
    const xs = points.map((point) => point.x);
    const { facet } = points[0]!;
    const ends = [Math.min(...xs), Math.max(...xs)].map((x) => ({
      ...(facet === undefined ? {} : { facet }),
      kind: 'fit' as const,
      line,
      x,
      y: rounded(fit.intercept + fit.slope * x),
    }));
    return [...points.map((point) => ({ ...point, line })), ...ends];
  });
}

function referencePoints(plot: Plot, summaries: readonly Summary[]): readonly Point[] {
  return (plot.reference ?? []).flatMap((reference) => {
    const ofSeries = summaries.filter((s) => seriesValue(plot, s) === reference.series);
    const points = ofSeries.map((s) => ({
      ...place(plot, s),
      kind: 'paper' as const,
      line: `${reference.by ?? 'paper'}: ${reference.label}`,
      series: reference.series,
      y: rounded(reference.expected(s.parameters)),
    }));
    return [...groupBy(points, (p) => JSON.stringify(p)).values()].map((group) => group[0]!);
  });
}

/** The value by which `reference` names a line: the variant, the parameter's value, or the label that was made of it. */
function seriesValue(plot: Plot, summary: Summary): string {
  return lineName(plot, summary, 1);
}

function place(plot: Plot, summary: Summary): { readonly x: number; readonly facet?: number } {
  const x = summary.parameters[plot.x.parameter] ?? Number.NaN;
  return plot.facet === undefined
    ? { x }
    : { x, facet: summary.parameters[plot.facet.parameter] ?? Number.NaN };
}
