import type { z } from 'zod';
import { claim } from './claim.ts';
import { id, list, named, strict, text } from './fields.ts';
import { parameterSpec, profile } from './grid.ts';
import { measure } from './measure.ts';
import { ownServerFields } from './own-server.ts';
import { plot, sequencePlot, table } from './plot.ts';

export type * from './claim.ts';
export type { Condition, Range, Where } from './condition.ts';
export type { Parameters } from './fields.ts';
export type * from './grid.ts';
export type { Measure } from './measure.ts';
export type * from './plot.ts';

/**
 * `virtual`: processors are infinitely fast, waiting is skipped. `elastic`: waiting is skipped, computing takes the time that it takes:
 * local costs, at any moment of the machine's load. `wall`: real time. What was measured on two of them is never taken together.
 */
export const clocks = ['virtual', 'elastic', 'wall'] as const;
export type Clock = (typeof clocks)[number];

/** The clocks on which computing takes time: a claim on local costs is about these. */
export const localClocks: readonly Clock[] = ['elastic', 'wall'];

/** An experiment is data: no loops, sleeps, shell strings or file paths. The paper's and one's own have this one shape. */
export const experimentSchema = strict(
  {
    id,
    title: text,
    source: text,
    question: text,
    /** a name in `topologies/`, or a file of one's own (docs/own-work.md) */
    topology: text,
    parameters: named(parameterSpec),
    profiles: strict({ smoke: profile, quick: profile, paper: profile }),
    /** names of handoff variants (`server/variants/variants.ts`); empty where the experiment runs no handoff */
    variants: list(text),
    /** a name in `runner/procedures/`, or a file of one's own */
    procedure: text,
    ...ownServerFields,
    measures: list(measure, 1),
    claims: list(claim),
    plots: list(plot),
    sequences: list(sequencePlot).optional(),
    tables: list(table).optional(),
  },
  ['grid', 'repetitions', 'plot'],
);

export type Experiment = z.infer<typeof experimentSchema>;
