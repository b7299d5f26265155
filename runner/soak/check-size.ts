import { MOST_SITES } from '../../topologies/wide-area-problems.ts';
import { UsageError } from '../usage-error.ts';
import type { SoakSize } from './plan.ts';

const mostClients = 99;
/** A day: 14 GB of capture. */
const mostMinutes = 1440;
const mostSeed = 0xffff_ffff;

/** Throws UsageError with the command line's own words for a soak that cannot be planned or built. */
export function checkSize(seed: number, size: SoakSize): void {
  const { members, contactAddresses, clients, plainClients, filteredClients, minutes } = size;
  const limits: readonly (readonly [flag: string, value: number, most: number, why: string])[] = [
    ['--seed', seed, mostSeed, 'seeds have 32 bits'],
    ['--minutes', minutes, mostMinutes, 'run several soaks, each with a seed of its own'],
    ['--members', members, MOST_SITES - 1, 'each stands at a site of its own, and there are sixteen'],
    ['--contacts', contactAddresses, members, 'each contact address has a member of its own at the start'],
    ['--clients', clients, mostClients, 'the network has addresses for so many'],
    ['--plain', plainClients, clients, 'they are among the clients'],
    ['--filtered', filteredClients, clients - plainClients, 'they are among the clients that are not plain'],
  ];
  for (const [flag, value, most, why] of limits)
    if (value > most)
      throw new UsageError(flag, String(value), 'is too large', `give ${most} at most: ${why}`);
}
