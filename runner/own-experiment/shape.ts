import { z } from 'zod';
import { maximumRepetitions } from '../cells.ts';

const text = z.string().min(1);
const formula = z.custom<(...values: never[]) => number>((value) => typeof value === 'function', {
  error: 'should be a function of the parameters',
});
const tolerance = z.union([z.number().min(0), formula]);
const profile = z.object({
  grid: z.array(z.record(z.string(), z.array(z.number()).min(1))).min(1),
  repetitions: z.int().min(1).max(maximumRepetitions),
});
const where = z.record(
  z.string(),
  z.union([z.number(), z.string(), z.object({ min: z.number().optional(), max: z.number().optional() })]),
);
const range = z.object({ min: z.number().optional(), max: z.number().optional() });
/** A file of results, or a folder, has its name. */
const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'should be small letters, digits and hyphens');

const claimBase = {
  id,
  source: text,
  statement: text,
  measure: text,
  where: where.optional(),
  given: z.record(z.string(), range).optional(),
};

/** The kinds of claims, each under its own name. */
export const claimKinds = {
  value: 'value',
  proportion: 'proportion',
  regression: 'regression',
  bound: 'bound',
  constant: 'constant',
  monotone: 'monotone',
  order: 'order',
  valley: 'valley',
} as const;

const expectation = z.object({ expected: z.number(), tolerance: z.number().min(0) });
const claim = z.discriminatedUnion('kind', [
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.value),
    expected: formula,
    formula: text,
    tolerance,
    unit: z.string(),
  }),
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.proportion),
    expectedPct: formula,
    formula: text,
    trials: formula,
    confidence: z.number().gt(0).lt(1),
  }),
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.regression),
    terms: z
      .array(
        z.looseObject({ parameter: text, value: formula.optional(), symbol: text, ...expectation.shape }),
      )
      .min(1),
    intercept: z.looseObject({ unit: z.string(), explanation: text }),
  }),
  z.looseObject({ ...claimBase, kind: z.literal(claimKinds.bound), range, unit: z.string() }),
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.constant),
    over: text,
    tolerance: z.number().min(0),
    unit: z.string(),
  }),
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.monotone),
    over: text,
    direction: z.enum(['rises', 'falls']),
  }),
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.order),
    stages: z.array(z.array(text).min(1)).min(2),
  }),
  z.looseObject({
    ...claimBase,
    kind: z.literal(claimKinds.valley),
    over: text,
    by: z.array(text),
    unit: z.string(),
    rise: expectation,
    begins: z.object({ measure: text, atMost: z.number(), words: text }),
    least: z.object({ expected: formula, formula: text }),
  }),
]);

const plot = z.looseObject({
  id,
  title: text,
  measure: text,
  x: z.object({ parameter: text, title: text, measure: text.optional() }),
  y: z.object({ title: text }),
  series: text,
  where: where.optional(),
});

/** What `Experiment` says, for data that no compiler has seen. */
export const experimentShape = z.looseObject({
  id,
  title: text,
  source: text,
  question: text,
  topology: text,
  parameters: z.record(
    z.string(),
    z.looseObject({
      description: text,
      default: z.number().optional(),
      min: z.number(),
      max: z.number(),
      integer: z.boolean().optional(),
    }),
  ),
  profiles: z.object({ smoke: profile, quick: profile, paper: profile }),
  variants: z.array(text),
  procedure: text,
  measures: z.array(z.looseObject({ name: text, unit: z.string(), description: text })).min(1),
  claims: z.array(claim),
  plots: z.array(plot),
});
