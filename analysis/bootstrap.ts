import { quantileSorted } from 'simple-statistics';
import { keyedRandom } from '../topologies/seeded-random.ts';

const defaultResamples = 2000;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The 95 % percentile-bootstrap interval of the mean (Efron and Tibshirani, An Introduction to the Bootstrap, §13.3).
 *
 * The resampling draws from a generator seeded with `key` alone: the same values under the same key give the same
 * interval on every run and every machine. Undefined for fewer than two values: one value says nothing about spread.
 */
export function bootstrapMean(
  values: readonly number[],
  key: string,
  resamples = defaultResamples,
): Interval | undefined {
  const first = values[0];
  if (first === undefined || values.length < 2) return undefined;
  if (values.every((value) => value === first)) return { low: first, high: first };
  const random = keyedRandom(key);
  const means = new Float64Array(resamples);
  for (let round = 0; round < resamples; round += 1) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw += 1) sum += values[Math.floor(random() * values.length)]!;
    means[round] = sum / values.length;
  }
  const sorted = [...means.sort()];
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}
