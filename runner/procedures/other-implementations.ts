import { UsageError } from '../usage-error.ts';
import type { LabPlan } from './procedure.ts';

/** Which daemons of a plan are not ours to start, by their names in the plan. */
export interface OtherImplementations {
  /** not started at all */
  readonly without?: readonly string[];
  /** name → the command that is started in its place, with the options that the daemon would get */
  readonly instead?: Readonly<Record<string, readonly string[]>>;
}

/** The plan with daemons left out, or replaced by other implementations. Throws UsageError for names that it does not have. */
export function withOtherImplementations(
  plan: LabPlan,
  { without = [], instead = {} }: OtherImplementations,
): LabPlan {
  const names = plan.daemons.flat().map(({ name }) => name);
  for (const name of [...without, ...Object.keys(instead)]) {
    if (!names.includes(name))
      throw new UsageError('daemon', name, 'is unknown', `use one of: ${names.join(', ')}`);
  }
  const daemons = plan.daemons.map((stage) =>
    stage
      .filter(({ name }) => !without.includes(name))
      .map((process) => {
        const command = instead[process.name];
        return command === undefined ? process : { ...process, command };
      }),
  );
  return { ...plan, daemons };
}
