import { createHash } from 'node:crypto';
import { quantileSorted } from 'simple-statistics';

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
  const random = seededRandom(key);
  const means = new Float64Array(resamples);
  for (let round = 0; round < resamples; round += 1) {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw += 1) sum += values[Math.floor(random() * values.length)]!;
    means[round] = sum / values.length;
  }
  const sorted = [...means.sort()];
  return { low: quantileSorted(sorted, 0.025), high: quantileSorted(sorted, 0.975) };
}

/**
 * Uniform numbers in [0, 1), 32 bits each: xoshiro128** (Blackman and Vigna, ACM TOMS 47(4), 2021), its state taken
 * from SHA-256 of `key`.
 */
export function seededRandom(key: string): () => number {
  const digest = createHash('sha256').update(key).digest();
  let [a, b, c, d] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)) as [
    number,
    number,
    number,
    number,
  ];
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result / 0x1_0000_0000;
  };
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
