import { z } from 'zod';
import { range, where } from './condition.ts';
import type { Experiment } from './experiment.ts';
import { formula, functionOf, id, list, named, type Parameters, strict, text } from './fields.ts';

const given = named(range);

/** Conditions on other measures of the same repetition, both ends included. */
export type Given = z.infer<typeof given>;

/** Whose statement a claim is: the paper's, ours beyond it, or the lab's about itself. */
export const abouts = ['paper', 'ours', 'lab'] as const;
export type About = (typeof abouts)[number];

const notNegative = z.number().min(0);
const expectation = { expected: z.number(), tolerance: notNegative };

const base = {
  id,
  /** default: `ours`, as in an experiment of one's own */
  about: z.enum(abouts).optional(),
  /** of the paper, e.g. `§6.4`; of a claim of ours, the section from which it goes on; '' where there is none */
  section: z.string().optional(),
  /** where the paper says it, e.g. `paper §6.4, Fig. 12(a)` */
  source: text,
  /** in words of our own */
  statement: text,
  measure: text,
  where: where.optional(),
  /** only repetitions whose other measures lie in these ranges count */
  given: given.optional(),
  /** `least`: of each cell only the repetition with the least value, where all that a busy machine can do is to add; default: all */
  statistic: z.enum(['mean', 'least']).optional(),
  /** why a run may hold no evidence for the claim, and what to do about it */
  withoutEvidence: text.optional(),
  /** known causes of a difference, told where the claim deviates */
  deviation: text.optional(),
  /** why the claim tolerates what it tolerates, a column of `claims.csv`: from what is known without looking at the result */
  toleranceReason: text.optional(),
  /**
   * Claims of the same experiment that say what is so instead. Where this one deviates by its letter and all of them are reproduced,
   * it is `refined`: both are judged, each with its own tolerance.
   */
  refinedBy: list(id).optional(),
};

const value = strict({
  ...base,
  kind: z.literal('value'),
  expected: formula,
  /** the expected value as a formula for people, e.g. `6·L_CS + 3·L_SS` */
  formula: text,
  tolerance: z.union([notNegative, formula]),
  unit: z.string(),
});

/** In every selected cell the mean of the measure is `expected(parameters) ± tolerance`. */
export type ValueClaim = z.infer<typeof value>;

const proportion = strict({
  ...base,
  kind: z.literal('proportion'),
  expectedPct: formula,
  formula: text,
  /** of one repetition */
  trials: formula,
  /** e.g. 0.99 */
  confidence: z.number().gt(0).lt(1),
});

/**
 * In every selected cell the share (%) of events among independent trials lies within the central interval of the binomial
 * distribution. `confidence` is that of the claim as a whole: the more cells it selects, the wider each cell's interval.
 */
export type ProportionClaim = z.infer<typeof proportion>;

/** A column of a regression: a parameter, or a value made of parameters and of the repetition's other measures. */
const regressionTerm = strict({
  /** the parameter; where `value` is given, just the term's name */
  parameter: text,
  value: functionOf<(p: Parameters, measures: Parameters) => number>('parameters and measures').optional(),
  symbol: text,
  ...expectation,
});

const regression = strict({
  ...base,
  kind: z.literal('regression'),
  /** of each repetition, what it has more than the same one (grid point, number, clock) under this variant */
  lessVariant: text.optional(),
  terms: list(regressionTerm, 1),
  /** the remainder that the formula leaves out; reported always, judged only where `expected` is given */
  intercept: strict({
    unit: z.string(),
    expected: z.number().optional(),
    tolerance: notNegative.optional(),
    explanation: text,
  }),
});

/** Least squares of the measure over `terms` (plus an intercept): each coefficient is `expected ± tolerance`. */
export type RegressionClaim = z.infer<typeof regression>;

const bound = strict({
  ...base,
  kind: z.literal('bound'),
  range,
  /** the measure by which each repetition's value is divided */
  shareOf: text.optional(),
  /** a cell in which no repetition has the measure, and none failed, is no case of the claim; else it is missing */
  whereMeasured: z.literal(true).optional(),
  unit: z.string(),
});

/** In every selected cell the mean of the measure, or of its share of another measure, lies in the range. */
export type BoundClaim = z.infer<typeof bound>;

const constant = strict({
  ...base,
  kind: z.literal('constant'),
  over: text,
  tolerance: notNegative,
  unit: z.string(),
});

/** The cells' means differ by at most `tolerance` over the values of a parameter. */
export type ConstantClaim = z.infer<typeof constant>;

const monotone = strict({
  ...base,
  kind: z.literal('monotone'),
  over: text,
  direction: z.enum(['rises', 'falls']),
});

/** The cells' means rise, or fall, at each step of a parameter. */
export type MonotoneClaim = z.infer<typeof monotone>;

const order = strict({ ...base, kind: z.literal('order'), stages: list(list(text, 1), 2) });

/** In every repetition the instants of each stage lie after all those of the stage before; `measure` is the last of them. */
export type OrderClaim = z.infer<typeof order>;

const valleyPart = z.discriminatedUnion('name', [
  /** the means fall at every step up to the minimum */
  strict({ name: z.literal('falls') }),
  /** the slope behind the point at which the valley's `begins` is first met */
  strict({ name: z.literal('rises'), ...expectation }),
  /** the minimum lies between `early` before the instant at which `begins` is met and `late` behind it, in units of `over` */
  strict({ name: z.literal('place'), early: formula, late: notNegative }),
  strict({ name: z.literal('least'), expected: formula, formula: text, tolerance: notNegative }),
]);

/** One thing that is said of a valley. */
export type ValleyPart = z.infer<typeof valleyPart>;

const valley = strict({
  ...base,
  kind: z.literal('valley'),
  part: valleyPart,
  over: text,
  by: list(text),
  unit: z.string(),
  /** what is met from some value of `over` on: `measure` is at most `atMost`; the measure `since` tells for how long, in units of `over` */
  begins: strict({ measure: text, atMost: z.number(), since: text, words: text }),
  /** `place` and `least` are judged where the grid's steps beside the minimum are no larger: not how coarse the grid is decides */
  finest: notNegative,
});

/** Over a parameter the measure's means fall to a minimum and then rise, one series per value of the parameters `by`; the worst stands for all. */
export type ValleyClaim = z.infer<typeof valley>;

const paired = strict({
  ...base,
  kind: z.literal('paired'),
  lessVariant: text,
  atMost: z.number(),
  inPct: z.number().min(0).max(100),
  worst: z.number(),
  unit: z.string(),
});

/**
 * Of all repetitions in the selected cells, `inPct` % at least have at most `atMost` more of the measure than the same repetition (grid
 * point, number, clock) under `lessVariant`, and none has more than `worst` more.
 */
export type PairedClaim = z.infer<typeof paired>;

const agreement = strict({
  ...base,
  kind: z.literal('agreement'),
  by: list(text),
  of: z.custom<readonly Experiment[]>((one) => Array.isArray(one), { error: 'should be experiments' }),
  holds: z.enum(['always', 'never', 'sometimes', 'most']),
});

/**
 * Claims of other experiments, judged again for each combination of the parameters `by` that the run holds, whose values take the place
 * of the defaults. `always`: all are reproduced in each combination; `never`: in none are all; `sometimes`: in some, and not in others;
 * `most`: no combination reproduces more of them than the defaults do.
 */
export interface AgreementClaim extends Omit<z.infer<typeof agreement>, 'of'> {
  /** with those of their claims that are judged again */
  readonly of: readonly Experiment[];
}

const judgedByItself = z.discriminatedUnion('kind', [
  value,
  proportion,
  regression,
  bound,
  constant,
  monotone,
  order,
  valley,
  paired,
]);

export type Claim = z.infer<typeof judgedByItself> | AgreementClaim;

// Told its type, since an agreement holds experiments, which hold claims.
export const claim: z.ZodType<Claim> = z.discriminatedUnion('kind', [judgedByItself, agreement]);
