import { MOST_SITES } from '../../topologies/wide-area-problems.ts';
import { UsageError } from '../usage-error.ts';
import type { SoakConditions, SoakSize } from './conditions.ts';

const mostClients = 99;
/** A day: 28 GB of capture. */
const mostMinutes = 1440;
const mostSeed = 0xffff_ffff;
/** Of one path, per direction. A connection stands more, but then most of what is measured are its own timers. */
const mostLossPct = 10;
/** More than that, and packets come later than those that TCP and the checks take for lost. */
const mostJitterMs = 100;
/** No more fit between the times that a member takes to come back and settle. */
const mostDisturbancesPerMinute = 60;
const mostVisitsPerMinute = 12;
const leastVisitsPerMinute = 0.1;
const mostConnections = 8;

/** Throws UsageError with the command line's own words for a soak that cannot be planned or built. */
export function checkSize(seed: number, size: SoakSize, conditions: SoakConditions = {}): void {
  const { members, contactAddresses, clients, plainClients, filteredClients, minutes } = size;
  const {
    lossPct,
    jitterMs,
    disturbancesPerMinute,
    visitsPerMinute,
    connections,
    halfClosedPct,
    replicas,
    downloadsPct,
  } = conditions;
  const limits: readonly (readonly [flag: string, value: number | undefined, most: number, why: string])[] = [
    ['--seed', seed, mostSeed, 'seeds have 32 bits'],
    ['--minutes', minutes, mostMinutes, 'run several soaks, each with a seed of its own'],
    ['--members', members, MOST_SITES - 1, 'each stands at a site of its own, and there are sixteen'],
    ['--contacts', contactAddresses, members, 'each contact address has a member of its own at the start'],
    ['--clients', clients, mostClients, 'the network has addresses for so many'],
    ['--plain', plainClients, clients, 'they are among the clients'],
    ['--filtered', filteredClients, clients - plainClients, 'they are among the clients that are not plain'],
    ['--loss', lossPct, mostLossPct, 'it is a percentage of each path, each way'],
    ['--jitter', jitterMs, mostJitterMs, 'it is in milliseconds'],
    ['--disturbances', disturbancesPerMinute, mostDisturbancesPerMinute, 'they are counted by the minute'],
    ['--visits', visitsPerMinute, mostVisitsPerMinute, 'they are counted by client and minute'],
    ['--connections', connections, mostConnections, 'they are counted by client'],
    ['--half-closed', halfClosedPct, 100, 'it is a percentage of the visits'],
    ['--replicas', replicas, 1, 'a client has one backup, or none'],
    ['--downloads', downloadsPct, 100, 'it is a percentage of the visits'],
  ];
  for (const [flag, value, most, why] of limits)
    if (value !== undefined && value > most)
      throw new UsageError(flag, String(value), 'is too large', `give ${most} at most: ${why}`);
  if (visitsPerMinute !== undefined && visitsPerMinute < leastVisitsPerMinute)
    throw new UsageError(
      '--visits',
      String(visitsPerMinute),
      'is too small',
      `give ${leastVisitsPerMinute} at least: a visit lasts minutes then`,
    );
}
