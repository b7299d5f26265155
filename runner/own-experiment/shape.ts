import { z } from 'zod';
import { suggestion } from '../../server/nearest-name.ts';
import { maximumRepetitions } from '../cells.ts';

/**
 * An object of these fields and no others; a slip of the pen is told with the field that was meant. `short`: fields that `handoffExperiment`
 * makes others of.
 */
function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape, short: readonly string[] = []) {
  const known = [...Object.keys(shape), ...short];
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .map(
              (key) =>
                `'${key}' is no field here${suggestion(key, known) || `; there are: ${known.join(', ')}`}`,
            )
            .join('; ')
        : undefined,
  });
}

const text = z.string().min(1);
const formula = z.custom<(...values: never[]) => number>((value) => typeof value === 'function', {
  error: 'should be a function of the parameters',
});
const tolerance = z.union([z.number().min(0), formula]);
const blocks = z.array(z.record(z.string(), z.array(z.number()).min(1)));
const profile = strict({
  grid: blocks.min(1),
  byVariant: z.record(z.string(), blocks).optional(),
  drawn: strict({
    count: z.int().min(1),
    between: z.record(z.string(), strict({ min: z.int(), max: z.int() })),
  }).optional(),
  repetitions: z.int().min(1).max(maximumRepetitions),
});
const where = z.record(
  z.string(),
  z.union([
    z.number(),
    z.string(),
    z.array(z.union([z.number(), text])).min(1),
    strict({
      min: z.number().optional(),
      max: z.number().optional(),
      orUnset: z.literal(true).optional(),
    }),
  ]),
);
const range = strict({ min: z.number().optional(), max: z.number().optional() });
/** A file of results, or a folder, has its name. */
const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'should be small letters, digits and hyphens');

const claimBase = {
  id,
  about: z.enum(['paper', 'ours', 'lab']).optional(),
  section: z.string().optional(),
  source: text,
  statement: text,
  measure: text,
  where: where.optional(),
  given: z.record(z.string(), range).optional(),
  statistic: z.enum(['mean', 'least']).optional(),
  withoutEvidence: text.optional(),
  deviation: text.optional(),
  toleranceReason: text.optional(),
  refinedBy: z.array(id).optional(),
};

/** The kinds of claims, each under its own name. */
const claimKinds = {
  value: 'value',
  proportion: 'proportion',
  regression: 'regression',
  bound: 'bound',
  constant: 'constant',
  monotone: 'monotone',
  order: 'order',
  valley: 'valley',
  paired: 'paired',
} as const;

const expectation = strict({ expected: z.number(), tolerance: z.number().min(0) });
const claim = z.discriminatedUnion('kind', [
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.value),
    expected: formula,
    formula: text,
    tolerance,
    unit: z.string(),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.proportion),
    expectedPct: formula,
    formula: text,
    trials: formula,
    confidence: z.number().gt(0).lt(1),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.regression),
    lessVariant: text.optional(),
    terms: z
      .array(strict({ parameter: text, value: formula.optional(), symbol: text, ...expectation.shape }))
      .min(1),
    intercept: strict({
      unit: z.string(),
      expected: z.number().optional(),
      tolerance: z.number().min(0).optional(),
      explanation: text,
    }),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.bound),
    range,
    shareOf: text.optional(),
    unit: z.string(),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.constant),
    over: text,
    tolerance: z.number().min(0),
    unit: z.string(),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.monotone),
    over: text,
    direction: z.enum(['rises', 'falls']),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.order),
    stages: z.array(z.array(text).min(1)).min(2),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.paired),
    lessVariant: text,
    atMost: z.number(),
    inPct: z.number().min(0).max(100),
    worst: z.number(),
    unit: z.string(),
  }),
  strict({
    ...claimBase,
    kind: z.literal(claimKinds.valley),
    over: text,
    by: z.array(text),
    unit: z.string(),
    part: z.discriminatedUnion('name', [
      strict({ name: z.literal('falls') }),
      strict({ name: z.literal('rises'), ...expectation.shape }),
      strict({ name: z.literal('place'), early: formula, late: z.number().min(0) }),
      strict({ name: z.literal('least'), expected: formula, formula: text, tolerance: z.number().min(0) }),
    ]),
    begins: strict({ measure: text, atMost: z.number(), since: text, words: text }),
    finest: z.number().min(0),
  }),
]);

const plot = strict(
  {
    id,
    title: text,
    measure: text,
    x: strict({ parameter: text, title: text, measure: text.optional() }),
    y: strict({ title: text }),
    series: text,
    where: where.optional(),
    kind: z.enum(['lines', 'stacked-bars', 'ranking']).optional(),
    seriesLabel: formula.optional(),
    facet: strict({ parameter: text, title: text }).optional(),
    inset: strict({ within: z.number().gt(0), title: text }).optional(),
    stack: z
      .array(strict({ measure: text, label: text, colour: z.number().optional(), paper: formula.optional() }))
      .optional(),
    fit: strict({ symbol: text }).optional(),
    residuals: strict({
      lines: z.array(strict({ claims: z.array(text), label: text, x: text.optional() })),
      difference: formula,
    }).optional(),
    reference: z
      .array(strict({ series: text, label: text, by: text.optional(), expected: formula }))
      .optional(),
  },
  ['over'],
);

const sequence = strict({ id, title: text, where });
const table = strict({
  id,
  title: text,
  columns: strict({ parameter: text, values: z.array(z.number()).min(1), title: text }),
  rows: z.array(strict({ measure: text, beside: text.optional(), label: text, paper: z.array(z.number()) })),
  unit: z.string(),
  where: where.optional(),
  beside: text.optional(),
  note: text,
});

/** What `Experiment` says, for data that no compiler has seen. */
export const experimentShape = strict(
  {
    id,
    title: text,
    source: text,
    question: text,
    topology: text,
    parameters: z.record(
      z.string(),
      strict({
        description: text,
        default: z.number().optional(),
        min: z.number(),
        max: z.number(),
        integer: z.boolean().optional(),
      }),
    ),
    profiles: strict({ smoke: profile, quick: profile, paper: profile }),
    variants: z.array(text),
    procedure: text,
    application: z
      .union([text, strict({ name: text, options: z.unknown().optional(), bundle: z.string().optional() })])
      .optional(),
    client: text.optional(),
    clientLimitMs: z.int().min(1).max(86_400_000).optional(),
    handoffs: z.array(strict({ atMs: z.number().min(0).max(86_400_000), to: text.optional() })).optional(),
    measures: z
      .array(
        strict({
          name: text,
          unit: z.string(),
          description: text,
          from: z
            .custom((value) => typeof value === 'function', {
              error: 'should be a function of the repetition',
            })
            .optional(),
          ofFailed: z.boolean().optional(),
          key: z.string().optional(),
        }),
      )
      .min(1),
    claims: z.array(claim),
    plots: z.array(plot),
    sequences: z.array(sequence).optional(),
    tables: z.array(table).optional(),
  },
  ['grid', 'repetitions', 'plot'],
);
