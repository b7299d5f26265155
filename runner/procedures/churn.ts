import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import { addressesByName, type WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import { type Cell, deriveSeed } from '../cells.ts';
import { churnSchedule } from './churn-schedule.ts';
import { type ConductedClient, conducted } from './disturbances.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { channelPort } from './testbed.ts';
import { wideAreaDaemons } from './wide-area-server.ts';

const servicePort = 8080;
const members = 4;
/** A repetition: every client fetches the document once, and begins within the first part of it. */
const calmPeriodMs = 45_000;
const startsWithinMs = 5000;
/** members come and go in this part of it, while there are downloads */
const restless = { fromMs: 2000, untilMs: 18_000 };
/** a connection without an octet for so long is broken; longer than any handoff, takeover and retransmission in between */
const calmSilenceMs = 20_000;
/** Where packets are lost: the fifth retransmission of a request comes 31 times its first timeout later, which may be some seconds. */
const lossy = { periodMs: 120_000, silenceMs: 60_000 } as const;
/** the clients' windows: with the round trip they make the rate, and so how long a document takes */
const receiveWindow = 6144;
/** the contact node keeps no client: behind so many octets it asks the policy where to */
const firstBytes = 50_000;
const chunkBytes = 16_384;
/** small, so that little of a document is still sent by the kernel of a member that has crashed */
const sendBuffer = 16_384;

/** How long a repetition takes, and when a client gives up. */
function timesOf({ parameters }: Cell): { readonly periodMs: number; readonly silenceMs: number } {
  return (parameters.lossPct ?? 0) > 0 ? lossy : { periodMs: calmPeriodMs, silenceMs: calmSilenceMs };
}

/** Clients fetch a document each while members of the server join, leave and crash, with times drawn from the cell's seed. */
export function churn(cell: Cell): LabPlan {
  const { parameters, repetitions, seed } = cell;
  const { periodMs } = timesOf(cell);
  const { clients = 1, spanMs = 40, perMinute = 0, crashPct = 0, lossPct = 0 } = parameters;
  const { topology, roles } = wideAreaNetwork({
    members,
    sites: 3,
    contactAddresses: 1,
    clients,
    clientSites: Math.min(3, clients),
    spanMs,
    lossPct,
    // One network for all cells of a run: they differ in who comes and goes.
    seed: cell.runSeed,
  });
  const [others, servers] = daemonsOf(cell, roles);
  const steps = churnSchedule({
    seed,
    members: roles.members.map(({ name }) => name),
    perMinute,
    crashPct,
    repetitions,
    periodMs,
    ...restless,
  });
  const whole = clientsOf(cell, roles);
  return {
    topology,
    addresses: addressesOf(roles),
    servicePort,
    channelPort,
    associations: securityAssociations(seed),
    daemons: [others],
    ...conducted({
      host: 'router',
      daemons: [servers],
      clients: whole,
      // The clients wait for the next multiple of the period: their first repetition is the schedule's second one.
      steps: [
        ...whole.map(({ name }) => ({ atMs: 0, action: 'run' as const, target: name })),
        ...steps.map((step) => ({ ...step, atMs: step.atMs + periodMs })),
      ],
      periodMs,
      lingerMs: 5000,
    }),
    virtualTimeoutS: ((repetitions + 3) * periodMs) / 1000 + 300,
    wallSeconds: ((repetitions + 3) * periodMs) / 1000,
  };
}

/** Every member calls the others when it starts, and so is known again when it comes back. */
function daemonsOf(
  { seed, parameters }: Cell,
  roles: WideAreaRoles,
): readonly [readonly LabProcess[], readonly LabProcess[]] {
  const { spanMs = 40 } = parameters;
  const [contact] = roles.contactAddresses;
  const names = roles.members.map(({ name }) => name);
  const backups = names.filter((name) => name !== contact!.contactNode);
  const [others, servers] = wideAreaDaemons({
    roles: { ...roles, contactAddresses: [{ ...contact!, backups }] },
    seed,
    servicePort,
    group: {
      heartbeatMs: 500,
      suspectMs: 2000,
      staggerMs: 100 + 2 * spanMs,
      registrationMs: 3000 + 4 * spanMs,
      handOverMs: 2000 + 4 * spanMs,
    },
    application: () => ({
      kind: 'download',
      firstBytes,
      acceptor: 'policy',
      variant: 'drain+advance-rr',
      waitMs: 0,
      chunkBytes,
    }),
  }) as [readonly LabProcess[], readonly LabProcess[]];
  return [others, servers.map(joining)];
}

function joining(process: LabProcess): LabProcess {
  const config = process.config as { readonly peers: readonly string[] };
  const membership = { introducers: config.peers, acceptorPolicy: 'least-clients', leaveMs: 20_000 };
  return { ...process, config: { ...config, sendBuffer, peers: [], membership } };
}

/** That a client fails does not fail the cell: the analysis says whose fault it was. */
function clientsOf(cell: Cell, roles: WideAreaRoles): readonly ConductedClient[] {
  const { seed, parameters, repetitions } = cell;
  const { periodMs, silenceMs } = timesOf(cell);
  const phase = (host: string, repetition: number): number =>
    1000 + (deriveSeed('churn', seed, host, repetition) % (startsWithinMs * 1000)) / 1000;
  return roles.clients.map(({ name: host }) => ({
    name: `download-${host}`,
    host,
    program: 'download-client',
    mayFail: true,
    limitMs: (repetitions + 3) * periodMs,
    config: {
      server: roles.contactAddresses[0]!.address,
      port: servicePort,
      bytes: parameters.bytes ?? 0,
      periodMs,
      phasesMs: Array.from({ length: repetitions }, (_, repetition) => phase(host, repetition)),
      receiveLowWater: 0,
      receiveWindow,
      timeoutMs: silenceMs,
      lingerMs: 2000,
    },
  }));
}

/** By role, for the analysis. */
function addressesOf(roles: WideAreaRoles): Readonly<Record<string, string>> {
  const [contact] = roles.contactAddresses;
  return {
    contactAddress: contact!.address,
    homeAgent1: contact!.homeAgent.address,
    ...addressesByName([...roles.members, ...roles.clients]),
  };
}
