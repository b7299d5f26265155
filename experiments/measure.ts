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

/** Units and descriptions of measures by their names: what reads them has a row for each, and the compiler says which is missing. */
export function measureTable<Name extends string>(
  table: Readonly<Record<Name, Omit<Measure, 'name'>>>,
): Readonly<Record<Name, Omit<Measure, 'name'>>> {
  return table;
}

/** As an experiment lists them, in the order of the table. */
export function measuresIn(table: Readonly<Record<string, Omit<Measure, 'name'>>>): readonly Measure[] {
  return Object.entries(table).map(([name, told]) => ({ name, ...told }));
}
