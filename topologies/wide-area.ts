import { FIXED_WINDOW, RELAYS, SYSCTLS } from './fig9.ts';
import { type SiteLatency, siteLatencies } from './seeded-latencies.ts';
import type { Topology } from './topology.ts';
import { type TopologyBuilder, topology } from './topology-builder.ts';
import { type Problem, TopologyError } from './topology-error.ts';
import type { WideAreaParameters } from './wide-area-parameters.ts';
import { countProblems, latencyProblems, MOST_SITES } from './wide-area-problems.ts';
import {
  addressesByName,
  clientNetwork,
  memberNetwork,
  range,
  type WideAreaRoles,
  wideAreaRoles,
} from './wide-area-roles.ts';

export type WideAreaOptions = Partial<WideAreaParameters> & {
  /** instead of drawn latencies; member sites are S1, S2 …, client sites C1, C2 … */
  readonly latencies?: readonly SiteLatency[];
};

export const WIDE_AREA_DEFAULTS: WideAreaParameters = {
  members: 8,
  sites: 4,
  contactAddresses: 2,
  clients: 6,
  clientSites: 3,
  plainClients: 0,
  filteredClients: 0,
  nameServers: 0,
  spanMs: 80,
  rateKbit: 100_000,
  lossPct: 0,
  jitterMs: 0,
  seed: 1,
};

/**
 * Members over sites, clients over sites of their own, contact addresses with home agents, in one line:
 * `wideArea({ members: 8, sites: 4, contactAddresses: 3, clients: 50 })`. As in Fig. 9 a site's gateway is the home agent, limits
 * the upstream rate, and `router` in the middle delays each pair of sites. Counts of places that are not given shrink to what
 * stands there. Throws TopologyError on values no network can have.
 */
export function wideArea(options: WideAreaOptions = {}): Topology {
  return wideAreaNetwork(options).topology;
}

/** The same with its roles: who is a member, home agent, backup or client, where, under which address. */
export function wideAreaNetwork(options: WideAreaOptions = {}): {
  readonly topology: Topology;
  readonly roles: WideAreaRoles;
} {
  const parameters = wideAreaParameters(options);
  refuse(countProblems(parameters));
  const roles = wideAreaRoles(parameters);
  const sites = (letter: string, count: number) => range(count).map((number) => `${letter}${number}`);
  const all = [...sites('S', parameters.sites), ...sites('C', parameters.clientSites)];
  refuse(latencyProblems(options.latencies ?? [], all));
  const { lossPct, jitterMs } = parameters;
  const latencies = siteLatencies(all, { ...parameters, known: options.latencies ?? [] }).map((latency) => ({
    ...latency,
    lossPct,
    jitterMs: Math.min(jitterMs, latency.delayMs),
  }));
  const network = topology('wide-area').setSysctls(SYSCTLS).addRouter('router');
  addMembers(network, roles, parameters);
  addClients(network, roles, parameters);
  return {
    topology: network
      .addPairLatency('router', ...latencies)
      .nameAddresses(named(roles))
      .build(),
    roles,
  };
}

/** All parameters: counts of places that are not given shrink to what stands there. */
export function wideAreaParameters({ latencies: _, ...options }: WideAreaOptions): WideAreaParameters {
  const given = { ...WIDE_AREA_DEFAULTS, ...options };
  const members = options.members ?? Math.max(given.members, options.contactAddresses ?? 1);
  const sites = options.sites ?? Math.min(given.sites, members);
  const room = Math.max(1, MOST_SITES - sites);
  return {
    ...given,
    members,
    sites,
    contactAddresses: options.contactAddresses ?? Math.min(given.contactAddresses, members),
    clientSites: options.clientSites ?? Math.min(given.clientSites, given.clients, room),
  };
}

function addMembers(
  network: TopologyBuilder,
  roles: WideAreaRoles,
  { rateKbit, firstDscp }: WideAreaParameters,
): void {
  for (const [position, { name, site }] of roles.gateways.entries()) {
    const backbone = `2001:db8:f:${(position + 1).toString(16)}::`;
    network.addRouter(name, { site }).addLink(name, 'router', {
      prefix: `${backbone}/64`,
      addresses: [`${backbone}2`, `${backbone}1`],
      aToB: { rateKbit, ...(firstDscp === undefined ? {} : { firstDscp }) },
    });
  }
  for (const [position, { name, address, site }] of roles.members.entries()) {
    const prefix = memberNetwork(position + 1);
    const gateway = roles.gateways.find((candidate) => candidate.site === site)!;
    network
      .addHost(name, { site, sysctls: RELAYS })
      .addLink(gateway.name, name, { prefix: `${prefix}/64`, addresses: [`${prefix}1`, address] });
  }
  if (roles.nameServer === undefined) return;
  const { name, address, site } = roles.nameServer;
  network.addHost(name, { site }).addLink(roles.gateways[0]!.name, name, {
    prefix: '2001:db8:d::/64',
    addresses: ['2001:db8:d::1', address],
  });
}

/** An access router per client site: the core router has one class per neighbouring site and not one per client. */
function addClients(
  network: TopologyBuilder,
  roles: WideAreaRoles,
  { clientSites }: WideAreaParameters,
): void {
  for (const number of range(clientSites)) {
    const backbone = `2001:db8:e:${number.toString(16)}::`;
    network.addRouter(`access${number}`, { site: `C${number}` }).addLink(`access${number}`, 'router', {
      prefix: `${backbone}/64`,
      addresses: [`${backbone}2`, `${backbone}1`],
    });
  }
  for (const [position, { name, address, site }] of roles.clients.entries()) {
    const prefix = clientNetwork(position + 1);
    network
      .addHost(name, { site, quickAck: true, sysctls: FIXED_WINDOW })
      .addLink(`access${site.slice(1)}`, name, {
        prefix: `${prefix}/64`,
        addresses: [`${prefix}1`, address],
      });
  }
}

function named(roles: WideAreaRoles): Record<string, string> {
  const places = [
    ...roles.members,
    ...roles.gateways.filter(({ name }) => name.startsWith('ha')),
    ...roles.clients,
    ...(roles.nameServer === undefined ? [] : [roles.nameServer]),
  ];
  const contacts = roles.contactAddresses.map(({ address }, position) => [`contact${position + 1}`, address]);
  return { ...addressesByName(places), ...Object.fromEntries(contacts) };
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new TopologyError('wide-area', problems);
}
