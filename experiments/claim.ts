import type { Experiment, Parameters, Range, Where } from './experiment.ts';

/** Conditions on other measures of the same repetition, both ends included. */
export type Given = Readonly<Record<string, Range>>;

/** Whose statement a claim is: the paper's, ours beyond it, or the lab's about itself. */
export const abouts = ['paper', 'ours', 'lab'] as const;
export type About = (typeof abouts)[number];

interface ClaimBase {
  readonly id: string;
  /** default: `ours`, as in an experiment of one's own */
  readonly about?: About;
  /** of the paper, e.g. `§6.4`; of a claim of ours, the section from which it goes on; '' where there is none */
  readonly section?: string;
  /** where the paper says it, e.g. `paper §6.4, Fig. 12(a)` */
  readonly source: string;
  /** in words of our own */
  readonly statement: string;
  readonly measure: string;
  readonly where?: Where;
  /** only repetitions whose other measures lie in these ranges count */
  readonly given?: Given;
  /** `least`: of each cell only the repetition with the least value, where all that a busy machine can do is to add; default: all */
  readonly statistic?: 'mean' | 'least';
  /** why a run may hold no evidence for the claim, and what to do about it */
  readonly withoutEvidence?: string;
  /** known causes of a difference, told where the claim deviates */
  readonly deviation?: string;
  /** why the claim tolerates what it tolerates, a column of `claims.csv`: from what is known without looking at the result */
  readonly toleranceReason?: string;
  /**
   * Claims of the same experiment that say what is so instead. Where this one deviates by its letter and all of them are reproduced,
   * it is `refined`: both are judged, each with its own tolerance.
   */
  readonly refinedBy?: readonly string[];
}

/** In every selected cell the mean of the measure is `expected(parameters) ± tolerance`. */
export interface ValueClaim extends ClaimBase {
  readonly kind: 'value';
  readonly expected: (p: Parameters) => number;
  /** the expected value as a formula for people, e.g. `6·L_CS + 3·L_SS` */
  readonly formula: string;
  readonly tolerance: number | ((p: Parameters) => number);
  readonly unit: string;
}

/**
 * In every selected cell the share (%) of events among independent trials lies within the central interval of the binomial
 * distribution. `confidence` is that of the claim as a whole: the more cells it selects, the wider each cell's interval.
 */
export interface ProportionClaim extends ClaimBase {
  readonly kind: 'proportion';
  readonly expectedPct: (p: Parameters) => number;
  readonly formula: string;
  /** of one repetition */
  readonly trials: (p: Parameters) => number;
  /** e.g. 0.99 */
  readonly confidence: number;
}

/** A column of a regression: a parameter, or a value made of parameters and of the repetition's other measures. */
export interface RegressionTerm {
  /** the parameter; where `value` is given, just the term's name */
  readonly parameter: string;
  readonly value?: (p: Parameters, measures: Parameters) => number;
  readonly symbol: string;
  readonly expected: number;
  readonly tolerance: number;
}

/** Least squares of the measure over `terms` (plus an intercept): each coefficient is `expected ± tolerance`. */
export interface RegressionClaim extends ClaimBase {
  readonly kind: 'regression';
  /** of each repetition, what it has more than the same one (grid point, number, clock) under this variant */
  readonly lessVariant?: string;
  readonly terms: readonly RegressionTerm[];
  /** the remainder that the formula leaves out; reported always, judged only where `expected` is given */
  readonly intercept: {
    readonly unit: string;
    readonly expected?: number;
    readonly tolerance?: number;
    readonly explanation: string;
  };
}

/** In every selected cell the mean of the measure, or of its share of another measure, lies in the range. */
export interface BoundClaim extends ClaimBase {
  readonly kind: 'bound';
  readonly range: Range;
  /** the measure by which each repetition's value is divided */
  readonly shareOf?: string;
  readonly unit: string;
}

/** The cells' means differ by at most `tolerance` over the values of a parameter. */
export interface ConstantClaim extends ClaimBase {
  readonly kind: 'constant';
  readonly over: string;
  readonly tolerance: number;
  readonly unit: string;
}

/** The cells' means rise, or fall, at each step of a parameter. */
export interface MonotoneClaim extends ClaimBase {
  readonly kind: 'monotone';
  readonly over: string;
  readonly direction: 'rises' | 'falls';
}

/** In every repetition the instants of each stage lie after all those of the stage before; `measure` is the last of them. */
export interface OrderClaim extends ClaimBase {
  readonly kind: 'order';
  readonly stages: readonly (readonly string[])[];
}

/** One thing that is said of a valley. */
export type ValleyPart =
  /** the means fall at every step up to the minimum */
  | { readonly name: 'falls' }
  /** the slope behind the point at which the valley's `begins` is first met */
  | { readonly name: 'rises'; readonly expected: number; readonly tolerance: number }
  /** the minimum lies between `early` before the instant at which `begins` is met and `late` behind it, in units of `over` */
  | { readonly name: 'place'; readonly early: (p: Parameters) => number; readonly late: number }
  | {
      readonly name: 'least';
      readonly expected: (p: Parameters) => number;
      readonly formula: string;
      readonly tolerance: number;
    };

/** Over a parameter the measure's means fall to a minimum and then rise, one series per value of the parameters `by`; the worst stands for all. */
export interface ValleyClaim extends ClaimBase {
  readonly kind: 'valley';
  readonly part: ValleyPart;
  readonly over: string;
  readonly by: readonly string[];
  readonly unit: string;
  /** what is met from some value of `over` on: `measure` is at most `atMost`; the measure `since` tells for how long, in units of `over` */
  readonly begins: {
    readonly measure: string;
    readonly atMost: number;
    readonly since: string;
    readonly words: string;
  };
  /** `place` and `least` are judged where the grid's steps beside the minimum are no larger: not how coarse the grid is decides */
  readonly finest: number;
}

/**
 * Of all repetitions in the selected cells, `inPct` % at least have at most `atMost` more of the measure than the same repetition (grid
 * point, number, clock) under `lessVariant`, and none has more than `worst` more.
 */
export interface PairedClaim extends ClaimBase {
  readonly kind: 'paired';
  readonly lessVariant: string;
  readonly atMost: number;
  readonly inPct: number;
  readonly worst: number;
  readonly unit: string;
}

/**
 * Claims of other experiments, judged again for each combination of the parameters `by` that the run holds, whose values take the place
 * of the defaults. `always`: all are reproduced in each combination; `never`: in none are all; `sometimes`: in some, and not in others;
 * `most`: no combination reproduces more of them than the defaults do.
 */
export interface AgreementClaim extends ClaimBase {
  readonly kind: 'agreement';
  readonly by: readonly string[];
  /** with those of their claims that are judged again */
  readonly of: readonly Experiment[];
  readonly holds: 'always' | 'never' | 'sometimes' | 'most';
}

export type Claim =
  | ValueClaim
  | ProportionClaim
  | RegressionClaim
  | BoundClaim
  | ConstantClaim
  | MonotoneClaim
  | OrderClaim
  | ValleyClaim
  | PairedClaim
  | AgreementClaim;
