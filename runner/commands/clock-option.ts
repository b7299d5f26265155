import { availableParallelism } from 'node:os';
import { meets } from '../../analysis/select.ts';
import { type Clock, clocks, type Experiment } from '../../experiments/experiment.ts';
import { UsageError } from '../usage-error.ts';

/** An experiment on a clock, and the name of its folder of results. */
interface ClockedExperiment {
  readonly experiment: Experiment;
  readonly clock: Clock;
  readonly name: string;
}

/** Each clock once, in the order given. */
export function clockList(value: string, previous: readonly Clock[]): readonly Clock[] {
  const clock = clocks.find((known) => known === value);
  if (clock === undefined)
    throw new UsageError('--clock', value, 'is unknown', `use one of: ${clocks.join(', ')}`);
  return previous.includes(clock) ? previous : [...previous, clock];
}

/**
 * All experiments on the first clock, and on each further one those that have claims about it, in a folder of their own: samples of two
 * clocks never lie together.
 */
export function onClocks(
  chosen: readonly Experiment[],
  [first = 'virtual', ...further]: readonly Clock[],
): readonly ClockedExperiment[] {
  return [
    ...chosen.map((experiment) => ({ experiment, clock: first, name: experiment.id })),
    ...further.flatMap((clock) =>
      chosen
        .filter((experiment) => isAbout(experiment, clock))
        .map((experiment) => ({ experiment, clock, name: `${experiment.id}@${clock}` })),
    ),
  ];
}

/** Which clocks were asked for in vain. */
export function withoutClaims(
  chosen: readonly Experiment[],
  [, ...further]: readonly Clock[],
): readonly string[] {
  return further
    .filter((clock) => !chosen.some((experiment) => isAbout(experiment, clock)))
    .map(
      (clock) =>
        `no claim of ${chosen.map(({ id }) => id).join(', ')} is about the ${clock} clock: not run on it`,
    );
}

/** Labs at the same time: where computing takes time they would disturb each other. */
export function jobsOn(clock: Clock): number {
  return clock === 'virtual' ? availableParallelism() : 1;
}

function isAbout({ claims }: Experiment, clock: Clock): boolean {
  return claims.some(({ where }) => where?.clock !== undefined && meets(clock, where.clock));
}
