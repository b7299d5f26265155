import { z } from 'zod';
import { unknownFields } from '../server/nearest-name.ts';

/*
 * What the schemas of experiments are made of. All that they describe is data that nobody changes: types made from them are readonly.
 */

/**
 * An object of these fields and no others; a slip of the pen is told with the field that was meant. `short`: fields that
 * `handoffExperiment` makes others of.
 */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape, short: readonly string[] = []) {
  const known = [...Object.keys(shape), ...short];
  return z
    .strictObject(shape, {
      error: (issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue.keys, known) : undefined),
    })
    .readonly();
}

export function list<One extends z.ZodType>(one: One, atLeast = 0) {
  return z.array(one).min(atLeast).readonly();
}

/** One of these by each name. */
export function named<One extends z.ZodType>(one: One) {
  return z.record(z.string(), one).readonly();
}

export const text = z.string().min(1);

/** A file of results, or a folder, has its name. */
export const id = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'should be small letters, digits and hyphens');

/** A function of what `of` says; what it gives is looked at where it is called. */
export function functionOf<Called extends (...given: never[]) => unknown>(of: string) {
  return z.custom<Called>((value) => typeof value === 'function', { error: `should be a function of ${of}` });
}

/** Every parameter of a cell by name, resolved to a number; the unit is the name's suffix (`csMs`, `rateKbit`, `lossPct`, `bytes`). */
export type Parameters = Readonly<Record<string, number>>;

/** A figure that depends on the cell. */
export const formula = functionOf<(p: Parameters) => number>('the parameters');
