import type { Clock, Parameters } from '../experiments/experiment.ts';

export type Outcome = 'succeeded' | 'failed' | 'unsupported';

/** One repetition's value of one measure: a row of `samples.csv`. */
export interface Sample {
  readonly experiment: string;
  readonly cell: string;
  readonly parameters: Parameters;
  readonly variant: string;
  readonly clock: Clock;
  readonly seed: number;
  readonly repetition: number;
  readonly measure: string;
  /** absent where the outcome is not `succeeded` */
  readonly value?: number;
  readonly unit: string;
  readonly outcome: Outcome;
  readonly reason: string;
}
