import { appendFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { count, ms, positiveMs } from './config-numbers.ts';
import { repetitionStart } from './repetition-start.ts';

/** Of a client that does the same again and again: when. */
export const repetitionSettings = {
  /** repetitions start at multiples of this on the monotonic clock … */
  periodMs: positiveMs,
  /** … plus one phase each */
  phasesMs: z.array(ms),
  /** so many of them, the first ones, have negative numbers and do not count: code runs slowly until it is compiled */
  warmUps: z._default(count, 0),
  /** FIFO that gets a line at the start of each; default: nobody has to know */
  starts: z.optional(z.string()),
} as const;

interface RepetitionPlan {
  readonly periodMs: number;
  readonly phasesMs: readonly number[];
  readonly warmUps: number;
  readonly starts?: string | undefined;
}

/** Runs one after the other, each at its time; whether all that count have succeeded. */
export async function runRepetitions(
  { periodMs, phasesMs, warmUps, starts }: RepetitionPlan,
  runOne: (repetition: number) => Promise<boolean>,
): Promise<boolean> {
  let good = true;
  for (const [index, phaseMs] of phasesMs.entries()) {
    await repetitionStart(periodMs, phaseMs);
    if (starts !== undefined) appendFileSync(starts, 'start\n');
    const repetition = index - warmUps;
    const succeeded = await runOne(repetition);
    good = good && (succeeded || repetition < 0);
  }
  return good;
}
