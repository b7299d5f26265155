import type { Measure } from '../../experiments/experiment.ts';
import type { ObservedRepetition } from '../../experiments/observed.ts';
import { plainly, type RepetitionReading } from '../measures/measure-family.ts';

/** What a measure of the user's own is in each repetition; what its function throws, or gives that is no number, is told as the reason. */
export function ownReadings(
  measure: Pick<Measure, 'name' | 'from' | 'ofFailed'>,
  repetitions: readonly ObservedRepetition[],
): readonly RepetitionReading[] {
  return repetitions.map((repetition) => readingOf(measure, repetition));
}

function readingOf(
  { name, from, ofFailed }: Pick<Measure, 'name' | 'from' | 'ofFailed'>,
  repetition: ObservedRepetition,
): RepetitionReading {
  if (!repetition.ok && ofFailed !== true)
    return { failed: `the client reports a failure: ${repetition.problem}` };
  let value: unknown;
  try {
    value = from?.(repetition);
  } catch (error) {
    return { failed: `the function of ${name} throws ${String(error)}` };
  }
  if (value !== undefined && !Number.isFinite(value))
    return { failed: `the function of ${name} gives ${String(value)}, which is no number` };
  const measured = plainly(value as number | undefined);
  return { measure: () => measured, absent: `the function of ${name} finds nothing in the repetition` };
}
