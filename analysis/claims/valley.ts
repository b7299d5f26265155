import type { ValleyClaim } from '../../experiments/experiment.ts';
import { plainNumber } from '../number.ts';
import { regress } from '../regression.ts';

import {
  type Evidence,
  exclusions,
  type Judgement,
  joined,
  nothingSelected,
  type Verdict,
  verdictOf,
} from './result.ts';
import { type Series, seriesOf } from './valley-series.ts';

/**
 * Four rows, each over all series: `falls` (at every step up to the minimum), `place` (of the minimum), `least` (its value)
 * and `rises` (the slope behind it). A series with fewer than three points, or without a point behind the minimum's
 * condition, is left out and counted.
 */
export function judgeValley(claim: ValleyClaim, evidence: Evidence): readonly Judgement[] {
  const all = seriesOf(claim, evidence);
  const series = all.filter((one) => one.points.length >= 3 && one.begin !== undefined);
  const excluded = exclusions(evidence.samples);
  const few = series.length < all.length ? `${all.length - series.length} of ${all.length} series` : '';
  const context: Context = {
    claim,
    suffix: evidence.suffix,
    series,
    remarks: [few === '' ? undefined : `${few} too short to be judged`, excluded],
    cause: evidence.samples.length === 0 ? nothingSelected(claim) : 'no series is long enough',
  };
  return [falls(context), place(context), least(context), rises(context)];
}

interface Context {
  readonly claim: ValleyClaim;
  readonly suffix: string;
  readonly series: readonly Series[];
  readonly remarks: readonly (string | undefined)[];
  /** why no series can be judged */
  readonly cause: string;
}

interface Judged {
  readonly expected: number;
  readonly tolerance: number;
  readonly measured: number;
  readonly verdict: Verdict;
  readonly reason: string;
}

function falls(context: Context): Judgement {
  const fault = ({ points, minimum }: Series): string | undefined => {
    if (minimum === 0) return 'the minimum is the first point';
    const step = points.slice(1, minimum + 1).findIndex((point, i) => point.y >= points[i]!.y);
    if (step < 0) return undefined;
    const [from, to] = [points[step]!, points[step + 1]!];
    return `${plainNumber(from.y)} → ${plainNumber(to.y)} at ${context.claim.over} ${from.x} → ${to.x}`;
  };
  return shareRow(context, 'falls', 'share of series that fall at every step up to their minimum', fault);
}

function place(context: Context): Judgement {
  const { over, begins } = context.claim;
  const fault = ({ points, minimum, begin }: Series): string | undefined => {
    if (minimum === begin || minimum + 1 === begin) return undefined;
    return `least at ${over}=${points[minimum]!.x}, but ${begins.words} from ${points[begin!]!.x} on`;
  };
  const words = `share of series with their minimum where first ${begins.words}, or a step before`;
  return shareRow(context, 'place', words, fault);
}

function least(context: Context): Judgement {
  const { claim, series } = context;
  const words = `the minimum, ${claim.unit}: ${claim.least.formula}; tolerance: one step of ${claim.over}`;
  const judged = series.map(({ points, minimum, parameters, name }) => {
    const x = points[minimum]!.x;
    const steps = [points[minimum - 1], points[minimum + 1]].flatMap((p) => (p ? [Math.abs(p.x - x)] : []));
    const expected = claim.least.expected(parameters);
    const measured = points[minimum]!.y;
    const tolerance = Math.max(...steps);
    const reason = `farthest of ${series.length} series: ${name}, at ${claim.over}=${x}`;
    return { expected, tolerance, measured, verdict: verdictOf(measured, expected, tolerance), reason };
  });
  return row(context, 'least', words, worst(judged));
}

function rises(context: Context): Judgement {
  const { claim, series } = context;
  const { expected, tolerance } = claim.rise;
  const judged = series.flatMap(({ points, begin, name }) => {
    const behind = points.slice(begin).map(({ x, y }) => ({ x: { x }, y }));
    const fit = regress(behind, ['x']);
    if (fit.kind === 'refused') return [];
    const measured = fit.coefficients[0]!.estimate;
    const reason = `farthest of ${series.length} series: ${name}, ${behind.length} points`;
    return [{ expected, tolerance, measured, verdict: verdictOf(measured, expected, tolerance), reason }];
  });
  return row(context, 'rises', `slope over ${claim.over} where ${claim.begins.words}`, worst(judged));
}

/** The judgement farthest beyond its tolerance. */
function worst(judged: readonly Judged[]): Judged | undefined {
  const strain = ({ measured, expected, tolerance }: Judged) => Math.abs(measured - expected) / tolerance;
  return judged.length === 0 ? undefined : judged.reduce((a, b) => (strain(b) > strain(a) ? b : a));
}

function shareRow(
  context: Context,
  name: string,
  words: string,
  faultOf: (series: Series) => string | undefined,
): Judgement {
  const { series } = context;
  const faults = series.flatMap((one) => {
    const fault = faultOf(one);
    return fault === undefined ? [] : [`${one.name}: ${fault}`];
  });
  if (series.length === 0) return row(context, name, words, undefined);
  return row(context, name, words, {
    expected: 1,
    tolerance: 0,
    measured: 1 - faults.length / series.length,
    verdict: faults.length === 0 ? 'reproduced' : 'deviates',
    reason: faults[0] ?? `${series.length} series`,
  });
}

function row(context: Context, name: string, words: string, judged: Judged | undefined): Judgement {
  const { claim, suffix, remarks, cause } = context;
  const { id, source, statement } = claim;
  const base = { id: `${id}:${name}${suffix}`, source, statement: `${statement} [${words}]` };
  if (judged === undefined) return { ...base, verdict: 'not run', reason: joined([cause, ...remarks]) };
  return { ...base, ...judged, reason: joined([judged.reason, ...remarks]) };
}
