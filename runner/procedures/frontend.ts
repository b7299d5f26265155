import { interfacesAt } from '../../topologies/interfaces.ts';
import type { Topology } from '../../topologies/topology.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import { addressesByName, type Place, type WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Cell } from '../cells.ts';
import { lingerFor, longestTripMs, lossesMs, windowsMs } from './patience.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { channelPort, startPhases } from './testbed.ts';
import { wideAreaDaemons } from './wide-area-server.ts';

/** How clients reach the server at node2; see experiments/frontend.ts. */
const services = { contactNode: 0, routeOptimized: 1, frontEnd: 2, directReturn: 3 } as const;

const servicePort = 8080;
/** as the members' own */
const sendBuffer = 87 * 1024;
/** octets of each client's first document, and how many of them come from the contact node */
const firstBytes = 30_000;
const handoffAfter = 10_000;
const variant = 'drain';
/** longer than a round trip by way of all queues, and than an acknowledgement may wait */
const settleMs = 3000;
/** longer than TIME-WAIT (60 s), so that no connection meets the rests of the one before */
const restMs = 70_000;
const lingerMs = 5000;
const phaseRangeMs = 1000;

/**
 * Clients of one server at node2, by way of node1 or not: handed off within the first document, and measured after that; or
 * behind a classic front end, without home agent and handoff: it stands where the home agent does, on the gateway of node1's site.
 */
export function frontend(cell: Cell): LabPlan {
  const { service = 0 } = cell.parameters;
  const { topology, roles } = networkOf(cell);
  const contactAddress = roles.contactAddresses[0]!;
  const [node1, node2] = roles.members as [Place, Place];
  const server = service === services.contactNode || service === services.routeOptimized;
  const sessionMs = sessionLimitMs(cell);
  const periodMs = Math.ceil((sessionMs + restMs) / 10_000) * 10_000;
  return {
    topology,
    addresses: {
      client: roles.clients[0]!.address,
      contactAddress: contactAddress.address,
      homeAgent1: contactAddress.homeAgent.address,
      ...addressesByName([...roles.members, ...roles.clients]),
    },
    servicePort,
    channelPort,
    ...(server ? { associations: securityAssociations(cell.seed) } : {}),
    daemons: server
      ? inOneProcess(
          roles,
          wideAreaDaemons({
            roles,
            tripMs: longestTripMs(topology),
            seed: cell.seed,
            servicePort,
            application: ({ name }) => ({
              kind: 'session',
              firstBytes: handoffAfter,
              variant,
              ...(name === node1.name ? { acceptor: node2.address } : {}),
            }),
          }),
        )
      : [frontEndPair(cell, topology, roles)],
    driver: clients(cell, roles, { periodMs, sessionMs, tripMs: longestTripMs(topology) }),
    virtualTimeoutS: Math.ceil(((cell.repetitions + 2) * periodMs) / 1000) + 120,
    wallSeconds: (cell.repetitions * periodMs) / 1000,
  };
}

/** node1 at site S1 beside the home agent, node2 at S2, all clients at C1; the upstream of S1 has a rate of its own. */
function networkOf({ parameters }: Cell): { readonly topology: Topology; readonly roles: WideAreaRoles } {
  const { service, clients: count = 1, cs1Ms = 0, cs2Ms = 0, ssMs = 0 } = parameters;
  const { rateKbit = 100_000, frontRateKbit = 2000, lossPct = 0 } = parameters;
  const network = wideAreaNetwork({
    members: 2,
    sites: 2,
    contactAddresses: 1,
    clients: count,
    clientSites: 1,
    plainClients: service === services.routeOptimized ? 0 : count,
    rateKbit,
    lossPct,
    latencies: [
      { from: 'S1', to: 'S2', delayMs: ssMs },
      { from: 'S1', to: 'C1', delayMs: cs1Ms },
      { from: 'S2', to: 'C1', delayMs: cs2Ms },
    ],
  });
  const front = network.roles.gateways[0]!.name;
  const links = network.topology.links.map((link) =>
    link.a === front && link.b === 'router' ? { ...link, aToB: { rateKbit: frontRateKbit } } : link,
  );
  return { topology: { ...network.topology, links }, roles: network.roles };
}

/** The clients' correspondent nodes, which are one each, share a process: a lab has little memory, and a start takes long. */
function inOneProcess(
  { clients: places }: WideAreaRoles,
  stages: readonly (readonly LabProcess[])[],
): readonly (readonly LabProcess[])[] {
  const names = places.flatMap(({ name, kind }) => (kind === 'correspondent-node' ? [name] : []));
  if (names.length === 0) return stages;
  const shared: LabProcess = {
    name: 'correspondent-nodes',
    host: names[0]!,
    program: 'correspondent-node',
    config: { namespaces: names },
  };
  const [first = [], ...others] = stages.map((stage) =>
    stage.filter(({ program }) => program !== shared.program),
  );
  return [[shared, ...first], ...others];
}

function frontEndPair({ parameters }: Cell, topology: Topology, roles: WideAreaRoles): LabProcess[] {
  const front = roles.gateways[0]!;
  const back = roles.members[1]!;
  const shared = {
    serviceAddress: roles.contactAddresses[0]!.address,
    servicePort,
    frontEnd: front.address,
    backEnd: back.address,
  };
  const device = interfacesAt(topology, front.name).find(({ peer }) => peer === 'router')!.name;
  const directReturn = parameters.service === services.directReturn;
  return [
    { name: 'front-end', host: front.name, program: 'front-end', config: { ...shared, device } },
    {
      name: 'back-end',
      host: back.name,
      program: 'back-end',
      config: { ...shared, directReturn, sendBuffer },
    },
  ];
}

/** A session's times, ms. */
interface SessionTimes {
  readonly periodMs: number;
  readonly sessionMs: number;
  /** the longest one-way way */
  readonly tripMs: number;
}

function clients(
  cell: Cell,
  roles: WideAreaRoles,
  { periodMs, sessionMs, tripMs }: SessionTimes,
): LabProcess {
  return {
    name: 'client',
    host: roles.clients[0]!.name,
    program: 'session-clients',
    config: {
      hosts: roles.clients.map(({ name }) => name),
      server: roles.contactAddresses[0]!.address,
      port: servicePort,
      firstBytes,
      bytes: cell.parameters.bytes,
      windowBytes: cell.parameters.windowBytes,
      periodMs,
      phasesMs: startPhases(cell, phaseRangeMs),
      settleMs: lingerFor(settleMs, 2 * tripMs),
      timeoutMs: sessionMs,
      lingerMs: lingerFor(lingerMs, tripMs),
    },
  };
}

/** By way of the contact node or a front end: pairs of sites that may each lose a packet. */
const ways = 2;

/** Far above what a session can take: all documents over the front's upstream, and round trips. */
function sessionLimitMs({ parameters }: Cell): number {
  const { bytes = 0, clients: count = 1, frontRateKbit = 2000, cs1Ms = 0, cs2Ms = 0, ssMs = 0 } = parameters;
  const { rateKbit = 100_000, windowBytes = bytes, lossPct = 0 } = parameters;
  const trips = cs1Ms + cs2Ms + ssMs;
  const octets = count * (bytes + firstBytes);
  const atTheRate = (octets * 8 * 3) / Math.min(frontRateKbit, rateKbit) + (60 + 4 * count) * trips;
  const bare = Math.ceil(Math.max(atTheRate, windowsMs(bytes, windowBytes, trips)) + 60_000);
  return bare + ways * lossesMs(bytes, lossPct);
}
