import type { SiteLatency } from '../../topologies/seeded-latencies.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import { addressesByName, type WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Cell } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import { conducted, type Disturbance } from './disturbances.ts';
import type { LabPlan } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { channelPort } from './testbed.ts';
import { wideAreaDaemons } from './wide-area-server.ts';

const servicePort = 8080;
/** above the bandwidth–delay product of every path: the members' line sets the rate */
const receiveWindow = 131_072;
const host = 'client1';
/** from a repetition's start to the client's SYN, ms */
const calmMs = 1000;
/** a member that was cut off, or killed, is back so long after that, ms */
const backMs = 5000;
/** the next repetition begins so long after that: the member has found out how things stand */
const restMs = 5000;
/** what is left of a connection is waited for so long, ms */
const lingerMs = 2000;
/** octets of an upload between two checkpoints */
const checkpointBytes = 65_536;
/** CS6, network control (RFC 4594 §3.1) */
const signallingDscp = 48;
/** Where packets are lost a repetition takes some retransmissions longer, each of a second or more. */
const lossyMs = 30_000;

/**
 * A client downloads a document from the contact node, or sends it one, which ends in the middle; another instant in each repetition. The two first members are contact node
 * in turns: who has ended comes back, and the other one is the next to end. The third one keeps replicas and takes clients over, but never the address: whatever
 * becomes of a repetition, the contact node is one of the two when the next begins, and behind that the other one. Each at a site of its own, the clients at a fourth.
 */
export function failover(cell: Cell): LabPlan {
  const { seed, parameters, repetitions } = cell;
  const { heartbeatMs = 100, suspectMs = 500 } = parameters;
  if (suspectMs <= 2 * heartbeatMs) {
    const remedy = `give more than two heartbeats (heartbeatMs is ${heartbeatMs})`;
    throw new UsageError('suspectMs', String(suspectMs), 'is too short', remedy);
  }
  const { topology, roles } = network(cell);
  const daemons = wideAreaDaemons({
    roles: { ...roles, contactAddresses: [{ ...roles.contactAddresses[0]!, backups: ['node2'] }] },
    seed,
    servicePort,
    group: groupOf(cell),
    ...(cell.parameters.priority === 1 ? { signallingDscp } : {}),
    application: () =>
      cell.parameters.upload === 1
        ? { kind: 'upload', checkpointBytes, input: 'gated' }
        : { kind: 'download', firstBytes: 1e9, variant: 'drain', waitMs: 0 },
  });
  const [others, members] = daemons as [(typeof daemons)[number], (typeof daemons)[number]];
  const periodMs = periodOf(cell);
  const seconds = ((repetitions + 3) * periodMs) / 1000;
  return {
    topology,
    addresses: addressesOf(roles),
    servicePort,
    channelPort,
    associations: securityAssociations(seed),
    daemons: [others],
    ...conducted({
      host: 'router',
      daemons: [members],
      clients: [{ ...clientOf(cell, roles, periodMs), mayFail: true, limitMs: seconds * 1000 }],
      steps: [{ atMs: 0, action: 'run', target: 'download' }, ...stepsOf(cell, periodMs)],
      periodMs,
      lingerMs: 5000,
    }),
    virtualTimeoutS: seconds + 300,
    wallSeconds: seconds,
  };
}

function network({ parameters }: Cell) {
  const { memberMs = 0, csMs = 0, rateKbit = 2000, lossPct = 0, priority } = parameters;
  const way = (from: string, to: string, delayMs: number): SiteLatency => ({ from, to, delayMs });
  return wideAreaNetwork({
    ...{ members: 3, sites: 3, contactAddresses: 1, clients: 1, clientSites: 1, rateKbit, lossPct },
    ...(priority === 1 ? { firstDscp: signallingDscp } : {}),
    latencies: [
      ...[way('S1', 'S2', memberMs), way('S1', 'S3', memberMs), way('S2', 'S3', memberMs)],
      ...['S1', 'S2', 'S3'].map((site) => way('C1', site, csMs)),
    ],
  });
}

function groupOf({ parameters }: Cell) {
  const { heartbeatMs = 100, suspectMs = 500, memberMs = 0, replicas = 1, lossPct = 0 } = parameters;
  return {
    heartbeatMs,
    suspectMs,
    staggerMs: 100 + 3 * memberMs + (lossPct > 0 ? 3000 : 0),
    registrationMs: 3000 + 4 * memberMs,
    handOverMs: 2000 + 8 * memberMs,
    replicas: replicas === 0 ? (0 as const) : (1 as const),
  };
}

/** Of the last repetition's member, from the beginning of the repetition, ms. */
function latestEndOf({ parameters: { killMs = 0, stepMs = 0 }, repetitions }: Cell): number {
  return calmMs + killMs + stepMs * (repetitions - 1);
}

/** Of a repetition: long enough for the document, at the rate and with one pause, and for the member to be back. */
function periodOf(cell: Cell): number {
  const { bytes = 0, rateKbit = 2000, suspectMs = 0, lossPct = 0 } = cell.parameters;
  const latestMs = latestEndOf(cell);
  const documentMs = (2 * 8 * bytes) / rateKbit + suspectMs;
  const lastingMs = latestMs + Math.max(documentMs, backMs) + restMs + (lossPct > 0 ? lossyMs : 0);
  return Math.ceil(lastingMs / 1000) * 1000;
}

function stepsOf({ parameters, repetitions }: Cell, periodMs: number): readonly Disturbance[] {
  const { ending = 0, killMs = 0, stepMs = 0 } = parameters;
  return Array.from({ length: repetitions }, (_, repetition): readonly Disturbance[] => {
    // The client waits for the next multiple of the period: its first repetition is the schedule's second one.
    const endMs = (repetition + 1) * periodMs + calmMs + killMs + stepMs * repetition;
    const target = repetition % 2 === 0 ? 'node1' : 'node2';
    return [
      { atMs: endMs, action: ending === 1 ? 'cut' : 'crash', target, repetition },
      { atMs: endMs + backMs, action: ending === 1 ? 'heal' : 'start', target },
    ];
  }).flat();
}

function clientOf(cell: Cell, roles: WideAreaRoles, periodMs: number) {
  const { parameters, repetitions } = cell;
  const settings = {
    server: roles.contactAddresses[0]!.address,
    port: servicePort,
    bytes: parameters.bytes ?? 0,
    periodMs,
    phasesMs: Array.from({ length: repetitions }, () => calmMs),
    // From the last octet on, which may come as long behind the end of the member: a repetition that is late for the next one would put all behind it out of step.
    timeoutMs: Math.floor((periodMs - latestEndOf(cell) - lingerMs) / 2),
    lingerMs,
  };
  const name = 'download';
  if (parameters.upload === 1) return { name, host, program: 'upload-client', config: settings } as const;
  return {
    ...{ name, host, program: 'download-client' },
    config: { ...settings, receiveLowWater: 0, receiveWindow },
  } as const;
}

function addressesOf(roles: WideAreaRoles): Readonly<Record<string, string>> {
  return {
    contactAddress: roles.contactAddresses[0]!.address,
    client: roles.clients[0]!.address,
    ...addressesByName(roles.members),
  };
}
