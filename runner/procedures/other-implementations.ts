import { interfacesAt } from '../../topologies/interfaces.ts';
import { UsageError } from '../usage-error.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import type { OtherImplementations } from './replacement.ts';
import { type HostIdentity, replacementOf } from './replacement.ts';

/** What `--without` and `--replace NAME=COMMAND` ask for; undefined for nothing. Throws UsageError. */
export function parseOtherImplementations(
  without: readonly string[],
  replace: readonly string[],
): OtherImplementations | undefined {
  if (without.length === 0 && replace.length === 0) return undefined;
  const pairs = new Map<string, string>();
  for (const text of replace) {
    const [, name, command] = /^([^=\s]+)=\s*(\S.*)$/s.exec(text) ?? [];
    if (name === undefined || command === undefined)
      throw new UsageError('--replace', text, 'is no replacement', "give NAME='COMMAND'");
    if (pairs.has(name)) throw new UsageError('--replace', name, 'is replaced twice', 'give it once');
    if (without.includes(name))
      throw new UsageError('--replace', name, 'is left out by --without', 'give one of the two');
    pairs.set(name, command);
  }
  return { without: [...new Set(without)], replace: Object.fromEntries(pairs) };
}

/**
 * The plan with daemons left out, or replaced by other implementations. Throws UsageError for names that it does not
 * have, and for commands that could not be run in a lab.
 */
export function withOtherImplementations(
  plan: LabPlan,
  { without = [], replace = {} }: OtherImplementations,
  host?: HostIdentity,
): LabPlan {
  const names = plan.daemons.flat().map(({ name }) => name);
  for (const [flag, asked] of [
    ['--without', without],
    ['--replace', Object.keys(replace)],
  ] as const)
    for (const name of asked) refuseUnknown(flag, name, names);
  const daemons = plan.daemons.map((stage) =>
    stage
      .filter(({ name }) => !without.includes(name))
      .map((process) => {
        const command = replace[process.name];
        return command === undefined
          ? process
          : {
              ...process,
              replacement: replacementOf(process.name, command, servedInterface(plan, process), host),
            };
      }),
  );
  return { ...plan, daemons };
}

/**
 * The interface that has an address of the program's configuration, a home agent's on the home link, say; else the machine's
 * first one.
 */
function servedInterface({ topology }: LabPlan, { host, config }: LabProcess): string {
  const own = interfacesAt(topology, host);
  const told = new Set(Object.values(config ?? {}));
  return (own.find(({ address }) => told.has(address)) ?? own[0])?.name ?? 'lo';
}

function refuseUnknown(flag: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  const remedy = names.length === 0 ? 'leave it out' : `use one of: ${names.join(', ')}`;
  throw new UsageError(flag, name, 'is no daemon of this experiment', remedy);
}
