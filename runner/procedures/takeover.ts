import type { Parameters } from '../../experiments/experiment.ts';
import type { SiteLatency } from '../../topologies/seeded-latencies.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Cell } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import { conducted } from './disturbances.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { stepsOf, type TakeoverTimes, timesOf, visitsMs } from './takeover-schedule.ts';
import { channelPort } from './testbed.ts';
import { type WideAreaServer, wideAreaDaemons } from './wide-area-server.ts';

const servicePort = 8080;

/** the clients' windows: with the round trip they make the rate, and so how long a document takes */
const receiveWindow = 8192;
const firstOctets = 20_000;
/** what a client sends of its own document, and how often */
const pace = { octets: 100, everyMs: 20 };

/**
 * Paper §3.2, Fig. 5: the contact node ends while clients of three kinds are served. Each repetition restores the first order: what
 * has ended starts again, and its successor leaves.
 *
 * The home agent stands at S1 with a member that serves and is last in the order; the contact node at S2, its first backup at S3.
 */
export function takeover(cell: Cell): LabPlan {
  const { topology, roles } = network(cell);
  const server = serverOf(cell, roles);
  const [others, members] = wideAreaDaemons(server) as [readonly LabProcess[], readonly LabProcess[]];
  const times = timesOf(cell);
  return {
    topology,
    addresses: addressesOf(roles),
    servicePort,
    channelPort,
    associations: securityAssociations(cell.seed),
    daemons: [others],
    ...conducted({
      host: 'router',
      daemons: [members],
      clients: clientsOf(cell, roles, times),
      steps: stepsOf(cell, times),
      periodMs: 1000,
      lingerMs: 3000,
    }),
    virtualTimeoutS: Math.ceil((times.starts.at(-1)! + times.periodMs) / 1000) + 300,
    wallSeconds: (times.starts.at(-1)! + times.periodMs) / 1000 + 10,
  };
}

function network({ parameters }: Cell) {
  const { memberMs = 0, homeMs = 0, csMs = 0, lossPct = 0 } = parameters;
  const way = (from: string, to: string, delayMs: number): SiteLatency => ({ from, to, delayMs });
  return wideAreaNetwork({
    members: 3,
    sites: 3,
    contactAddresses: 1,
    clients: 3,
    clientSites: 1,
    // client3, which is never offered another route
    plainClients: 1,
    lossPct,
    latencies: [
      way('S1', 'S2', homeMs),
      way('S1', 'S3', homeMs),
      way('S2', 'S3', memberMs),
      ...['S1', 'S2', 'S3'].map((site) => way('C1', site, csMs)),
    ],
  });
}

function serverOf({ seed, parameters }: Cell, roles: WideAreaRoles): WideAreaServer {
  const { heartbeatMs = 0, suspectMs = 0, memberMs = 0, homeMs = 0 } = parameters;
  if (suspectMs <= 2 * heartbeatMs) {
    const remedy = `give more than two heartbeats (heartbeatMs is ${heartbeatMs})`;
    throw new UsageError('suspectMs', String(suspectMs), 'is too short', remedy);
  }
  const [contact] = roles.contactAddresses;
  return {
    roles: {
      ...roles,
      contactAddresses: [{ ...contact!, contactNode: 'node2', backups: ['node3', 'node1'] }],
    },
    seed,
    servicePort,
    group: {
      heartbeatMs,
      suspectMs,
      staggerMs: staggerMs(parameters),
      registrationMs: 3000 + 4 * homeMs,
      handOverMs: 2000 + 4 * (memberMs + homeMs),
    },
    application: () => ({ kind: 'itinerary-and-echo' }),
  };
}

/**
 * The last backup hears of a kill 3·L_H behind it, and of the first one's claim 3·L_M + L_H behind it. Where packets are lost, either
 * may come some retransmissions later.
 */
function staggerMs({ memberMs = 0, homeMs = 0, lossPct = 0 }: Parameters): number {
  const least = Math.max(100 + 2 * Math.max(memberMs, homeMs), 50 + 3 * memberMs - 2 * homeMs);
  return least + (lossPct > 0 ? 3000 : 0);
}

/** By role, for the analysis. */
function addressesOf(roles: WideAreaRoles): Readonly<Record<string, string>> {
  const [node1, node2, node3] = roles.members.map(({ address }) => address);
  const [optimized, held, plain] = roles.clients.map(({ address }) => address);
  const [{ address: contactAddress, homeAgent }] = roles.contactAddresses as [
    WideAreaRoles['contactAddresses'][number],
  ];
  return {
    contactAddress,
    homeAgent1: homeAgent.address,
    contactNode: node2!,
    successor: node3!,
    otherMember: node1!,
    optimizedClient: optimized!,
    datagramClient: plain!,
    heldClient: held!,
  };
}

/** One process for all TCP connections, and one per repetition for the datagrams of the client in reverse tunnel. */
function clientsOf(cell: Cell, roles: WideAreaRoles, times: TakeoverTimes): readonly LabProcess[] {
  const { everyMs = 1 } = cell.parameters;
  const server = roles.contactAddresses[0]!.address;
  const datagrams = times.starts.map((_, repetition): LabProcess => {
    const count = Math.ceil((times.aroundMs + times.longestMs) / everyMs);
    return {
      name: `datagrams-${repetition}`,
      host: 'client3',
      program: 'datagram-client',
      config: { server, port: servicePort, everyMs, count, lingerMs: 1000 },
    };
  });
  const visitors: LabProcess = {
    name: 'visitors',
    host: 'router',
    program: 'itinerary-clients',
    config: {
      port: servicePort,
      periodMs: 1000,
      visits: times.starts.flatMap((_, repetition) => visitsOf(cell, roles, times, repetition)),
    },
  };
  return [visitors, ...datagrams];
}

/**
 * `optimized-N` fetches a document and is handed off to the other member at once; `held-N` sends a document to the contact node,
 * slowly. Both last until the outage is over, and `held-N` is given up then. The process' clock starts at 1000.
 */
function visitsOf(
  { parameters: { csMs = 1 } }: Cell,
  roles: WideAreaRoles,
  times: TakeoverTimes,
  repetition: number,
): readonly object[] {
  const atMs = times.starts[repetition]! + visitsMs;
  const lastingMs = times.ends[repetition]! + times.longestMs - atMs;
  const bytes = firstOctets + Math.ceil((receiveWindow * lastingMs) / (2 * csMs));
  const upload = pace.octets * Math.floor(lastingMs / pace.everyMs);
  const legs = [{ after: firstOctets, of: 'sent', acceptor: roles.members[0]!.address }];
  const visit = (name: string, host: string, itinerary: object, deadlineMs: number): object => ({
    name: `${name}-${repetition}`,
    host,
    server: roles.contactAddresses[0]!.address,
    atMs: atMs - 1000,
    itinerary: { variant: 'drain+advance-rr', ...itinerary },
    pace,
    receiveWindow,
    deadlineMs,
  });
  return [
    visit('optimized', 'client1', { bytes, upload: 0, legs }, lastingMs + times.restartMs + times.graceMs),
    visit('held', 'client2', { bytes: 0, upload, legs: [] }, lastingMs + times.settleMs),
  ];
}
