import { z } from 'zod';
import { where } from './condition.ts';
import { formula, functionOf, id, list, type Parameters, strict, text } from './fields.ts';

const residualLine = strict({
  /** ids of `value` or `proportion` claims of one measure; they say in which cells, what is expected and what is tolerated */
  claims: list(text),
  label: text,
  /** the parameter on the x axis; default: the plot's */
  x: text.optional(),
});

/** The measure of a claim beside what the claim expects of it. */
export type ResidualLine = z.infer<typeof residualLine>;

const residuals = strict({
  lines: list(residualLine),
  /** in the unit of the y axis */
  difference: functionOf<(measured: number, expected: number) => number>('measured and expected'),
});

/** A plot of differences: a point per cell and line, with the interval that the claim tolerates. */
export type Residuals = z.infer<typeof residuals>;

const stacked = strict({
  measure: text,
  label: text,
  /** its place in the palette; default: its place in the stack */
  colour: z.number().optional(),
  /** what the paper prints: drawn as a bar beside the measured one */
  paper: functionOf<(p: Parameters) => number | undefined>('the parameters').optional(),
});

const reference = strict({
  series: text,
  label: text,
  /** who states it; default: `paper` */
  by: text.optional(),
  expected: formula,
});

export const plot = strict(
  {
    id,
    title: text,
    /**
     * `lines` (default): one line per series; `stacked-bars`: per value of x one bar, stacked from `stack`; `ranking`: a row per variant,
     * the least first, with a point per cell, named by `seriesLabel`; `agreement`: a row per claim that the claim `agreement` judges again,
     * a column per combination; where `residuals` is given: measured less configured, by that alone
     */
    kind: z.enum(['lines', 'stacked-bars', 'ranking', 'agreement']).optional(),
    /** id of an agreement claim of the same experiment */
    agreement: id.optional(),
    /** id of the claim whose statement the report puts above the drawing; default: one of the plot's own id, of its residuals, of its measure */
    finding: id.optional(),
    measure: text,
    x: strict({
      /** with `measure` just its name, as `expected` of a reference finds it */
      parameter: text,
      title: text,
      /** another measure: its mean in the same cell is the place of a point */
      measure: text.optional(),
    }),
    y: strict({ title: text }),
    /** `variant` or a parameter's name */
    series: text,
    /** what the legend calls the line of a cell; without it the value of `series` */
    seriesLabel: functionOf<(p: Parameters) => string>('the parameters').optional(),
    /** one panel per value of this parameter */
    facet: strict({ parameter: text, title: text }).optional(),
    /** beside each panel, what is so far (in units of x) from the least point of each line, less what `reference` states of it */
    inset: strict({ within: z.number().gt(0), title: text }).optional(),
    /** the measures of one stacked bar, from the bottom upwards */
    stack: list(stacked).optional(),
    where: where.optional(),
    /** a least-squares line per series instead of a line from point to point */
    fit: strict({ symbol: text }).optional(),
    residuals: residuals.optional(),
    /** lines the paper states, drawn dashed beside the samples */
    reference: list(reference).optional(),
  },
  ['over'],
);

/** One figure: the mean of a measure (with its interval) over a parameter, a line per variant. */
export type Plot = z.infer<typeof plot>;

export const sequencePlot = strict({ id, title: text, where });

/** A time-sequence diagram of one repetition's handoff, drawn from the capture of the first cell that `where` selects. */
export type SequencePlot = z.infer<typeof sequencePlot>;

const row = strict({
  measure: text,
  /** a measure that is shown beside it */
  beside: text.optional(),
  label: text,
  /** the paper's values in the order of the columns */
  paper: list(z.number()),
});

export const table = strict({
  id,
  title: text,
  columns: strict({ parameter: text, values: list(z.number(), 1), title: text }),
  rows: list(row),
  unit: z.string(),
  where: where.optional(),
  /** heads the columns of the rows' `beside`; without it there are none */
  beside: text.optional(),
  /** below the table, in words */
  note: text,
});

/** Means in a table: a row per measure, a column per value of a parameter, beside what the paper prints. */
export type Table = z.infer<typeof table>;
