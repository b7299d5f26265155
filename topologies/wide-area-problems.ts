import type { SiteLatency } from './seeded-latencies.ts';
import type { Problem } from './topology-error.ts';
import type { WideAreaParameters } from './wide-area-parameters.ts';

/** The core router tells sites apart by classes of a queueing discipline that has sixteen. */
export const MOST_SITES = 16;

/** What is wrong with the numbers of a wide-area network, before it is drawn up. */
export function countProblems(parameters: WideAreaParameters): readonly Problem[] {
  const { members, sites, clients, plainClients } = parameters;
  const within = (
    field: Exclude<keyof WideAreaParameters, 'firstDscp'>,
    least: number,
    most: number,
    why: string,
  ): Problem[] => {
    const value = parameters[field];
    if (Number.isInteger(value) && value >= least && value <= most) return [];
    return [{ field, value, remedy: `must be a whole number from ${least} to ${most}: ${why}` }];
  };
  const counts = [
    ...within('members', 1, 99, 'addresses and names have room for so many'),
    ...within('clients', 1, 99, 'addresses and names have room for so many'),
  ];
  // Further bounds are made of these two counts, and mean nothing where they are wrong.
  if (counts.length > 0) return counts;
  return [
    ...within('sites', 1, members, 'every site has a member'),
    ...within('contactAddresses', 1, members, 'each has a contact node of its own at the start'),
    ...within('clientSites', 1, clients, 'every client site has a client'),
    ...within('clientSites', 1, MOST_SITES - sites, 'the core router joins sixteen sites of both kinds'),
    ...within('plainClients', 0, clients, 'they are among the clients'),
    ...within('filteredClients', 0, clients - plainClients, 'they are among the clients that are not plain'),
    ...within('nameServers', 0, 1, 'the network has room for one'),
    ...within('seed', 0, 0xffff_ffff, 'it is a seed'),
    ...(Number.isFinite(parameters.spanMs) && parameters.spanMs >= 0
      ? []
      : [
          {
            field: 'spanMs',
            value: parameters.spanMs,
            remedy: 'must be a number of milliseconds, 0 or more',
          },
        ]),
  ];
}

/** A problem for each latency that names a site which the network does not have. */
export function latencyProblems(
  latencies: readonly SiteLatency[],
  sites: readonly string[],
): readonly Problem[] {
  return latencies.flatMap(({ from, to }, position) =>
    [from, to]
      .filter((site) => !sites.includes(site))
      .map((site) => ({
        field: `latencies[${position}]`,
        value: site,
        remedy: `no such site: name one of ${sites.join(', ')}`,
      })),
  );
}
