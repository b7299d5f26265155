import * as z from 'zod/mini';
import { unknownFields } from '../../server/nearest-name.ts';

/** An object of these fields and no others: one that nobody reads was meant to be another. */
export function strictObject<Shape extends z.core.$ZodShape>(
  shape: Shape,
): z.ZodMiniObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? unknownFields(issue.keys, known) : undefined),
  });
}
