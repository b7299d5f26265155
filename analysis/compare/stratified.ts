import { quantileSorted } from 'simple-statistics';
import { keyedRandom } from '../../topologies/seeded-random.ts';
import type { Interval } from '../bootstrap.ts';

const resamples = 2000;

/**
 * The 95 % percentile-bootstrap interval of the mean over all strata, each resampled within itself: the strata (grid points)
 * were chosen, not drawn, so that the distance between them is no uncertainty. Undefined where one has fewer than two values.
 */
export function stratifiedInterval(
  strata: readonly (readonly number[])[],
  key: string,
): Interval | undefined {
  if (strata.length === 0 || strata.some((values) => values.length < 2)) return undefined;
  const count = strata.reduce((sum, values) => sum + values.length, 0);
  const random = keyedRandom(key);
  const means = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (const values of strata)
      for (let draw = 0; draw < values.length; draw += 1)
        sum += values[Math.floor(random() * values.length)]!;
    return sum / count;
  });
  means.sort((x, y) => x - y);
  return { low: quantileSorted(means, 0.025), high: quantileSorted(means, 0.975) };
}
