import { mean } from 'simple-statistics';
import type { Clock, Parameters } from '../../experiments/experiment.ts';
import type { Interval } from '../bootstrap.ts';
import type { Sample } from '../sample.ts';
import { varying } from '../select.ts';
import { type Pair, type Paired, type PairedPoint, pairRuns, pairSamples, type Unpaired } from './pairs.ts';
import { stratifiedInterval } from './stratified.ts';

interface Question {
  readonly experiment: string;
  readonly measure: string;
  /** names of two handoff variants, or of two runs */
  readonly a: string;
  readonly b: string;
}

/** An estimate with its 95 % interval; absent where a grid point has fewer than two pairs. */
export interface Estimate {
  readonly value: number;
  readonly interval?: Interval;
}

/** Variant b against variant a. */
export interface Contrast {
  readonly n: number;
  /** repetitions left out because one side did not succeed */
  readonly leftOut: number;
  readonly meanA: number;
  readonly meanB: number;
  /** b − a: the mean over the pairs */
  readonly difference: Estimate;
  /** b / a: the geometric mean over the pairs; absent where a value is not above 0 */
  readonly ratio?: Estimate;
}

export interface PointContrast extends Contrast {
  /** the parameters that vary: `csMs=40 ssMs=20`; `one cell` where none does */
  readonly name: string;
  readonly parameters: Parameters;
}

export interface Comparison extends Question {
  readonly kind: 'comparison';
  readonly clock: Clock;
  readonly unit: string;
  readonly points: readonly PointContrast[];
  /** over all pairs of all grid points */
  readonly overall: Contrast;
}

/** Compares two variants pair by pair. Refuses what `pairSamples` refuses, and a run in which no pair succeeded. */
export function compareVariants(samples: readonly Sample[], question: Question): Comparison | Unpaired {
  const { measure, a, b } = question;
  return comparison(question, pairSamples(samples, measure, a, b), () => '');
}

/** Compares two runs, of two commits or machines, pair by pair: the same grid points and variants under the same seed. */
export function compareRuns(
  a: readonly Sample[],
  b: readonly Sample[],
  question: Question,
): Comparison | Unpaired {
  const paired = pairRuns(
    question.measure,
    { name: question.a, kind: 'run', samples: a },
    { name: question.b, kind: 'run', samples: b },
  );
  return comparison(question, paired, ({ variant }) => variant);
}

function comparison(
  question: Question,
  paired: Paired | Unpaired,
  suffixOf: (point: PairedPoint) => string,
): Comparison | Unpaired {
  if (paired.kind === 'refused') return paired;
  const { experiment, measure, a, b } = question;
  const measured = paired.points.filter((point) => point.pairs.length > 0);
  if (measured.length === 0) return { kind: 'refused', reason: `no repetition succeeded on both sides` };
  const nameOf = namesOf(paired.points, paired.clock);
  const key = [experiment, measure, a, b].join('|');
  const points = measured.map((point) => {
    const { parameters, pairs, leftOut } = point;
    const name = [nameOf(parameters), suffixOf(point)].filter((part) => part !== '').join(' ');
    return { name, parameters, ...contrast([pairs], leftOut, `${key}|${name}`) };
  });
  const leftOut = paired.points.reduce((sum, point) => sum + point.leftOut, 0);
  const overall = contrast(
    measured.map((point) => point.pairs),
    leftOut,
    key,
  );
  const { clock, unit } = paired;
  return { kind: 'comparison', ...question, clock, unit, points, overall };
}

/** Of the pairs of one grid point, or of several, each a stratum of its own. */
function contrast(strata: readonly (readonly Pair[])[], leftOut: number, key: string): Contrast {
  const pairs = strata.flat();
  const base = {
    n: pairs.length,
    leftOut,
    meanA: mean(pairs.map(({ a }) => a)),
    meanB: mean(pairs.map(({ b }) => b)),
    difference: estimate(
      strata,
      ({ a, b }) => b - a,
      `${key}|difference`,
      (value) => value,
    ),
  };
  if (!pairs.every(({ a, b }) => a > 0 && b > 0)) return base;
  return { ...base, ratio: estimate(strata, ({ a, b }) => Math.log(b / a), `${key}|ratio`, Math.exp) };
}

/** The mean of a value per pair and its interval, both after `back` has undone the value's transformation; `back` rises. */
function estimate(
  strata: readonly (readonly Pair[])[],
  quantity: (pair: Pair) => number,
  key: string,
  back: (value: number) => number,
): Estimate {
  const values = strata.map((pairs) => pairs.map(quantity));
  const value = back(mean(values.flat()));
  const interval = stratifiedInterval(values, key);
  if (interval === undefined) return { value };
  return { value, interval: { low: back(interval.low), high: back(interval.high) } };
}

function namesOf(points: readonly PairedPoint[], clock: Clock): (parameters: Parameters) => string {
  const names = varying(points.map(({ parameters }) => ({ parameters, variant: '', clock })));
  return (parameters) =>
    names.map((name) => `${name}=${parameters[name] ?? 'unset'}`).join(' ') || 'one cell';
}
