import { z } from 'zod';
import { list, named, strict, text } from './fields.ts';

/** Of a cell: more of them are other seeds, in cells of their own. */
export const maximumRepetitions = 10_000;

export const profileNames = ['smoke', 'quick', 'paper'] as const;
export type ProfileName = (typeof profileNames)[number];

export const parameterSpec = strict({
  description: text,
  /** absent: the parameter has no value of its own until `--set` or the grid names it */
  default: z.number().optional(),
  min: z.number(),
  max: z.number(),
  /** true: only whole numbers */
  integer: z.boolean().optional(),
});

/** One parameter that `--set` may name. */
export type ParameterSpec = z.infer<typeof parameterSpec>;

const gridBlock = named(list(z.number(), 1));

/** A block of the grid: the cartesian product of its lists. An experiment's grid is the union of its blocks. */
export type GridBlock = z.infer<typeof gridBlock>;

const drawnPoints = strict({
  count: z.int().min(1),
  between: named(strict({ min: z.int(), max: z.int() })),
});

/** Points that nobody chose: of each, every parameter is drawn from the run's seed, a whole number between both ends. */
export type DrawnPoints = z.infer<typeof drawnPoints>;

export const profile = strict({
  grid: list(gridBlock),
  /** more points, each measured under one variant alone */
  byVariant: named(list(gridBlock)).optional(),
  /** more points beside the grid's; those of a smaller count are the first of a larger one */
  drawn: drawnPoints.optional(),
  repetitions: z.int().min(1).max(maximumRepetitions),
});

export type Profile = z.infer<typeof profile>;
