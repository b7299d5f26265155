import { max, mean, median, min, sampleStandardDeviation } from 'simple-statistics';
import type { Clock, Parameters } from '../experiments/experiment.ts';
import { bootstrapMean } from './bootstrap.ts';
import type { Outcome, Sample } from './sample.ts';
import { groupBy } from './select.ts';

/** One cell's repetitions of one measure. Statistics are over the succeeded repetitions that have a value. */
export interface Summary {
  readonly experiment: string;
  readonly cell: string;
  readonly parameters: Parameters;
  readonly variant: string;
  readonly clock: Clock;
  readonly measure: string;
  readonly unit: string;
  readonly n: number;
  /** repetitions of this measure that were left out */
  readonly failed: number;
  readonly unsupported: number;
  readonly mean?: number;
  /** sample standard deviation (n − 1); absent for n < 2 */
  readonly sd?: number;
  /** 95 % percentile bootstrap of the mean; absent for n < 2 */
  readonly ci95Low?: number;
  readonly ci95High?: number;
  readonly min?: number;
  readonly median?: number;
  readonly max?: number;
}

/** One summary per (cell, variant, clock, measure), in the samples' order; failed repetitions are counted, never averaged. */
export function summarize(samples: readonly Sample[]): readonly Summary[] {
  const groups = groupBy(samples, (s) => [s.experiment, s.cell, s.variant, s.clock, s.measure].join('|'));
  return [...groups.values()].map(summarizeGroup);
}

function summarizeGroup(group: readonly Sample[]): Summary {
  const { experiment, cell, parameters, variant, clock, measure, unit } = group[0]!;
  const values = group
    .filter((s) => s.outcome === 'succeeded')
    .flatMap((s) => (s.value === undefined ? [] : [s.value]));
  const count = (outcome: Outcome) => group.filter((s) => s.outcome === outcome).length;
  const base = { experiment, cell, parameters, variant, clock, measure, unit, n: values.length };
  const counted = { ...base, failed: count('failed'), unsupported: count('unsupported') };
  if (values.length === 0) return counted;
  // The variant and the clock are parts of the key as well: two variants in one cell must not share their draws.
  const interval = bootstrapMean(values, [experiment, cell, variant, clock, measure].join('|'));
  return {
    ...counted,
    mean: mean(values),
    ...(values.length < 2 ? {} : { sd: sampleStandardDeviation(values) }),
    ...(interval === undefined ? {} : { ci95Low: interval.low, ci95High: interval.high }),
    min: min(values),
    median: median(values),
    max: max(values),
  };
}
