import { z } from 'zod';
import { functionOf, strict, text } from './fields.ts';
import type { ObservedRepetition } from './observed.ts';

export const measure = strict({
  name: text,
  unit: z.string(),
  description: text,
  /** one's own: the measure's value in a repetition; undefined: the repetition has no such thing */
  from: functionOf<(repetition: ObservedRepetition) => number | undefined>('the repetition').optional(),
  /** true: `from` is asked of repetitions as well whose client says that it has failed; default false */
  ofFailed: z.boolean().optional(),
  /** names the sources that `from` is made of; written when the experiment is loaded */
  key: z.string().optional(),
});

/** What is read from a cell's capture, once per repetition: by a name that the analysis knows, or by a function of one's own. */
export type Measure = z.infer<typeof measure>;
