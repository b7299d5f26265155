import type { Clock, Parameters } from '../../experiments/experiment.ts';
import type { Sample } from '../sample.ts';
import { groupBy } from '../select.ts';

/** One repetition of one grid point under both variants. */
export interface Pair {
  readonly repetition: number;
  readonly a: number;
  readonly b: number;
}

/** A grid point's repetitions, paired. */
export interface PairedPoint {
  readonly parameters: Parameters;
  /** of the first side: between two runs, of both */
  readonly variant: string;
  readonly pairs: readonly Pair[];
  /** repetitions that did not succeed under one of the two, and are left out */
  readonly leftOut: number;
}

export interface Paired {
  readonly kind: 'paired';
  readonly clock: Clock;
  readonly unit: string;
  readonly points: readonly PairedPoint[];
}

/** Why two variants cannot be compared. */
export interface Unpaired {
  readonly kind: 'refused';
  readonly reason: string;
}

/** One side of a comparison: what it is called, and its samples. */
interface Side {
  readonly name: string;
  /** what such a side is: `variant`, `run` */
  readonly kind: string;
  readonly samples: readonly Sample[];
}

/** Pairs two variants of one run by grid point, seed and repetition; see `pairSides`. */
export function pairSamples(
  samples: readonly Sample[],
  measure: string,
  a: string,
  b: string,
): Paired | Unpaired {
  const side = (name: string): Side => ({
    ...{ name, kind: 'variant' },
    samples: samples.filter((s) => s.variant === name),
  });
  return pairSides(measure, side(a), side(b), gridPoint);
}

/** Pairs two runs by grid point, variant, seed and repetition; see `pairSides`. */
export function pairRuns(measure: string, a: Side, b: Side): Paired | Unpaired {
  return pairSides(measure, a, b, pointWithVariant);
}

/**
 * Pairs the samples of one measure by `pointOf` a sample, seed and repetition; whatever the order of the samples, points stand in the
 * order of their parameters' numbers. Refuses samples of more than one clock, a side without samples, and repetitions that only one
 * of the two has.
 */
function pairSides(
  measure: string,
  a: Side,
  b: Side,
  pointOf: (sample: Sample) => string,
): Paired | Unpaired {
  const [lefts, rights] = [a, b].map(({ samples }) => samples.filter((s) => s.measure === measure)) as [
    Sample[],
    Sample[],
  ];
  for (const [{ name, kind }, mine] of [
    [a, lefts],
    [b, rights],
  ] as const)
    if (mine.length === 0) return refused(`there is no ${measure} of ${kind} ${name}`);
  const clocks = [...new Set([...lefts, ...rights].map((s) => s.clock))];
  if (clocks.length > 1) return refused(`the samples are of two clocks, ${clocks.join(' and ')}`);
  const key = (s: Sample) => `${pointOf(s)} seed=${s.seed} repetition ${s.repetition}`;
  const [before, after] = [groupBy(lefts, key), groupBy(rights, key)];
  const points = new Map<
    string,
    { parameters: Parameters; variant: string; pairs: Pair[]; leftOut: number }
  >();
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [mine = [], others = []] = [before.get(name), after.get(name)];
    const [left] = mine;
    const [right] = others;
    if (left === undefined || right === undefined)
      return refused(`only ${left === undefined ? b.name : a.name} has ${name}`);
    if (mine.length + others.length > 2) return refused(`${name} is there more than once`);
    const { parameters, variant } = left;
    const point = points.get(pointOf(left)) ?? { parameters, variant, pairs: [], leftOut: 0 };
    points.set(pointOf(left), point);
    const pair = pairOf(left, right);
    if (pair === undefined) point.leftOut += 1;
    else point.pairs.push(pair);
  }
  return { kind: 'paired', clock: clocks[0]!, unit: lefts[0]!.unit, points: inOrder([...points.values()]) };
}

function pairOf(left: Sample, right: Sample): Pair | undefined {
  if (left.outcome !== 'succeeded' || right.outcome !== 'succeeded') return undefined;
  if (left.value === undefined || right.value === undefined) return undefined;
  return { repetition: left.repetition, a: left.value, b: right.value };
}

function inOrder(points: readonly PairedPoint[]): readonly PairedPoint[] {
  const names = [...new Set(points.flatMap(({ parameters }) => Object.keys(parameters)))].sort();
  const least = Number.NEGATIVE_INFINITY;
  const sorted = points.map((point) => ({
    ...point,
    pairs: [...point.pairs].sort((x, y) => x.repetition - y.repetition),
  }));
  return sorted.sort((x, y) => {
    const name = names.find((candidate) => x.parameters[candidate] !== y.parameters[candidate]);
    if (name !== undefined) return (x.parameters[name] ?? least) - (y.parameters[name] ?? least);
    return x.variant < y.variant ? -1 : x.variant > y.variant ? 1 : 0;
  });
}

function gridPoint({ parameters }: Sample): string {
  const names = Object.keys(parameters).sort();
  return names.map((name) => `${name}=${parameters[name]}`).join(' ');
}

function pointWithVariant(sample: Sample): string {
  return sample.variant === '' ? gridPoint(sample) : `${gridPoint(sample)} ${sample.variant}`;
}

function refused(reason: string): Unpaired {
  return { kind: 'refused', reason };
}
