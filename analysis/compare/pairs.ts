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
  readonly pairs: readonly Pair[];
  /** repetitions that did not succeed under one of the two, and are left out */
  readonly leftOut: number;
}

interface Paired {
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

/**
 * Pairs the samples of one measure under variants `a` and `b` by grid point, seed and repetition; whatever the order of the
 * samples, points stand in the order of their parameters' numbers.
 * Refuses samples of more than one clock, a variant without samples, and repetitions that only one of the two has.
 */
export function pairSamples(
  samples: readonly Sample[],
  measure: string,
  a: string,
  b: string,
): Paired | Unpaired {
  const chosen = samples.filter((s) => s.measure === measure && (s.variant === a || s.variant === b));
  for (const variant of [a, b]) {
    if (!chosen.some((s) => s.variant === variant))
      return refused(`there is no ${measure} of variant ${variant}`);
  }
  const clocks = [...new Set(chosen.map((s) => s.clock))];
  if (clocks.length > 1) return refused(`the samples are of two clocks, ${clocks.join(' and ')}`);
  const repetitions = groupBy(chosen, (s) => `${gridPoint(s)} seed=${s.seed} repetition ${s.repetition}`);
  const points = new Map<string, { parameters: Parameters; pairs: Pair[]; leftOut: number }>();
  for (const [name, [first, second, ...more]] of repetitions) {
    if (first === undefined || second === undefined || first.variant === second.variant)
      return refused(`only ${first?.variant} has ${name}`);
    if (more.length > 0) return refused(`${name} is there more than once`);
    const point = points.get(gridPoint(first)) ?? { parameters: first.parameters, pairs: [], leftOut: 0 };
    points.set(gridPoint(first), point);
    const pair = pairOf(first, second, a);
    if (pair === undefined) point.leftOut += 1;
    else point.pairs.push(pair);
  }
  return { kind: 'paired', clock: clocks[0]!, unit: chosen[0]!.unit, points: inOrder([...points.values()]) };
}

function pairOf(first: Sample, second: Sample, a: string): Pair | undefined {
  const [left, right] = first.variant === a ? [first, second] : [second, first];
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
    return name === undefined ? 0 : (x.parameters[name] ?? least) - (y.parameters[name] ?? least);
  });
}

function gridPoint({ parameters }: Sample): string {
  const names = Object.keys(parameters).sort();
  return names.map((name) => `${name}=${parameters[name]}`).join(' ');
}

function refused(reason: string): Unpaired {
  return { kind: 'refused', reason };
}
