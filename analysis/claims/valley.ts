import type { ValleyClaim, ValleyPart } from '../../experiments/experiment.ts';
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
 * One row, over all series. Left out and counted are series with fewer than three points or without a point behind the condition's, and,
 * of place and value of the minimum, those whose grid is too coarse beside it.
 */
export function judgeValley(claim: ValleyClaim, evidence: Evidence): Judgement {
  const { id, source, statement } = claim;
  const all = seriesOf(claim, evidence);
  const series = all.filter((one) => one.points.length >= 3 && one.begin !== undefined);
  const judged = series.filter((one) => isFineEnough(claim, one));
  const remarks = [
    counted(all.length - series.length, all.length, 'too short to be judged'),
    counted(
      series.length - judged.length,
      all.length,
      `with steps of more than ${claim.finest} beside the minimum`,
    ),
    exclusions(evidence.samples),
  ];
  const base = { id: id + evidence.suffix, source, statement: `${statement} [${wordsOf(claim)}]` };
  const found = judged.length === 0 ? undefined : partOf(claim, judged);
  if (found !== undefined) return { ...base, ...found, reason: joined([found.reason, ...remarks]) };
  const cause = evidence.samples.length === 0 ? nothingSelected(claim) : 'no series can be judged';
  return { ...base, verdict: 'not run', reason: joined([cause, ...remarks]) };
}

type Part<Name extends ValleyPart['name']> = Extract<ValleyPart, { name: Name }>;

interface Judged {
  readonly expected: number;
  readonly tolerance: number;
  readonly measured: number;
  readonly verdict: Verdict;
  readonly reason: string;
}

function partOf(claim: ValleyClaim, series: readonly Series[]): Judged | undefined {
  const { part } = claim;
  switch (part.name) {
    case 'falls':
      return falls(claim, series);
    case 'place':
      return worst(series.map((one) => place(claim, part, one)));
    case 'least':
      return worst(series.map((one) => least(claim, part, one)));
    case 'rises':
      return worst(series.flatMap((one) => rises(part, one)));
    default:
      return part satisfies never;
  }
}

function wordsOf({ part, over, unit, begins }: ValleyClaim): string {
  switch (part.name) {
    case 'falls':
      return 'share of series that fall at every step up to their minimum';
    case 'place':
      return `${over} of the minimum less that from which ${begins.words}`;
    case 'least':
      return `the minimum, ${unit}: ${part.formula}`;
    case 'rises':
      return `slope over ${over} where ${begins.words}`;
    default:
      return part satisfies never;
  }
}

function isFineEnough({ part, finest }: ValleyClaim, { points, minimum }: Series): boolean {
  if (part.name === 'falls' || part.name === 'rises') return true;
  const x = points[minimum]!.x;
  return [points[minimum - 1], points[minimum + 1]].every(
    (beside) => beside === undefined || Math.abs(beside.x - x) <= finest,
  );
}

function falls({ over }: ValleyClaim, series: readonly Series[]): Judged {
  const faults = series.flatMap(({ name, points, minimum }) => {
    if (minimum === 0) return [`${name}: the minimum is the first point`];
    const step = points.slice(1, minimum + 1).findIndex((point, i) => point.y >= points[i]!.y);
    if (step < 0) return [];
    const [from, to] = [points[step]!, points[step + 1]!];
    return [`${name}: ${plainNumber(from.y)} → ${plainNumber(to.y)} at ${over} ${from.x} → ${to.x}`];
  });
  return {
    expected: 1,
    tolerance: 0,
    measured: 1 - faults.length / series.length,
    verdict: faults.length === 0 ? 'reproduced' : 'deviates',
    reason: faults[0] ?? `${series.length} series`,
  };
}

function place(claim: ValleyClaim, { early, late }: Part<'place'>, one: Series): Judged {
  const { points, minimum, begun, parameters, name } = one;
  const before = early(parameters);
  const [expected, tolerance] = [(late - before) / 2, (late + before) / 2];
  const measured = points[minimum]!.x - begun!;
  const reason = `farthest: ${name}, least at ${claim.over}=${points[minimum]!.x}, ${claim.begins.words} from ${plainNumber(begun)} on`;
  return { expected, tolerance, measured, verdict: verdictOf(measured, expected, tolerance), reason };
}

function least(
  claim: ValleyClaim,
  part: Part<'least'>,
  { points, minimum, parameters, name }: Series,
): Judged {
  const expected = part.expected(parameters);
  const { x, y: measured } = points[minimum]!;
  const reason = `farthest: ${name}, at ${claim.over}=${x}`;
  return {
    expected,
    tolerance: part.tolerance,
    measured,
    verdict: verdictOf(measured, expected, part.tolerance),
    reason,
  };
}

function rises({ expected, tolerance }: Part<'rises'>, { points, begin, name }: Series): readonly Judged[] {
  const behind = points.slice(begin).map(({ x, y }) => ({ x: { x }, y }));
  const fit = regress(behind, ['x']);
  if (fit.kind === 'refused') return [];
  const measured = fit.coefficients[0]!.estimate;
  const reason = `farthest: ${name}, ${behind.length} points`;
  return [{ expected, tolerance, measured, verdict: verdictOf(measured, expected, tolerance), reason }];
}

/** The judgement farthest beyond its tolerance; what is no number is farthest. */
function worst(judged: readonly Judged[]): Judged | undefined {
  const strain = ({ measured, expected, tolerance }: Judged) => {
    const share = Math.abs(measured - expected) / tolerance;
    return Number.isNaN(share) ? Number.POSITIVE_INFINITY : share;
  };
  if (judged.length === 0) return undefined;
  const found = judged.reduce((a, b) => (strain(b) > strain(a) ? b : a));
  return { ...found, reason: `${found.reason}; ${judged.length} series` };
}

function counted(count: number, all: number, words: string): string | undefined {
  return count === 0 ? undefined : `${count} of ${all} series ${words}`;
}
