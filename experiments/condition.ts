import { z } from 'zod';
import { named, strict, text } from './fields.ts';

const ends = { min: z.number().optional(), max: z.number().optional() };

export const range = strict(ends);

/** Both ends included. */
export type Range = z.infer<typeof range>;

const condition = z.union([
  z.number(),
  z.string(),
  z
    .array(z.union([z.number(), text]))
    .min(1)
    .readonly(),
  /** for a parameter without a default: to lie in, or to be unset */
  strict({ ...ends, orUnset: z.literal(true).optional() }),
]);

/** A number or a word to be met exactly, a range to lie in, or numbers or words of which one has to be met. */
export type Condition = z.infer<typeof condition>;

export const where = named(condition);

/** Selects cells: every named parameter (or `variant`, `clock`) must meet its condition. */
export type Where = z.infer<typeof where>;
