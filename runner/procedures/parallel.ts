import type { SiteLatency } from '../../topologies/seeded-latencies.ts';
import type { Topology } from '../../topologies/topology.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import type { ContactAddressPlace, Place, WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import type { Cell } from '../cells.ts';
import { UsageError } from '../usage-error.ts';
import { lingerFor, longestTripMs, lossesMs, windowsMs } from './patience.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { type SecurityAssociation, securityAssociations } from './security-associations.ts';
import { lingerMs, sessionStarts, sessionsSeconds, wallWarmUps } from './session-starts.ts';
import { channelPort } from './testbed.ts';
import { wideAreaDaemons } from './wide-area-server.ts';

const servicePort = 8080;
const document = '/document';
/** longer than TIME-WAIT (60 s), so that no connection meets the rests of the ones before */
const restMs = 70_000;

/** With two members for each. */
const mostHandedOff = 6;

interface Plan {
  readonly contactAddresses: number;
  readonly bytes: number;
  readonly csMs: number;
  readonly ssMs: number;
  readonly rateKbit: number;
  readonly clientRateKbit: number;
  readonly windowBytes: number;
  readonly lossPct: number;
  readonly handoff: boolean;
}

/**
 * Paper §7.3: a client fetches one document in equal ranges, one from each contact address at the same time, with stock curl. Every
 * contact address has a contact node at a site of its own; with `handoff` it hands the client off in the middle of its range,
 * to a member at yet another site.
 */
export function parallel(cell: Cell): LabPlan {
  const plan = planOf(cell);
  const { topology, roles } = networkOf(plan);
  const sessionMs = sessionLimitMs(plan);
  const periodMs = Math.ceil((sessionMs + restMs) / 10_000) * 10_000;
  const services = servicesOf(roles);
  return {
    topology,
    addresses: { ...topology.addresses, client: roles.clients[0]!.address, ...namesOf(services) },
    servicePort,
    channelPort,
    associations: allAssociations(cell.seed, services),
    daemons: wideAreaDaemons({
      roles,
      tripMs: longestTripMs(topology),
      seed: cell.seed,
      servicePort,
      servedBy: (contact) => membersOf(services.find((service) => service.contact === contact)!),
      application: ({ name }) => {
        const donates = services.find(({ contactNode }) => contactNode.name === name);
        return webServer(plan, donates?.acceptor?.address, cell.variant);
      },
    }),
    driver: curlClient(cell, roles, plan, { periodMs, sessionMs }),
    virtualTimeoutS: Math.ceil(((cell.repetitions + wallWarmUps + 2) * periodMs) / 1000) + 120,
    wallSeconds: wallSeconds(cell, plan),
  };
}

/** A contact address with the members that serve it, and it alone. */
interface Service {
  readonly contact: ContactAddressPlace;
  readonly contactNode: Place;
  readonly acceptor: Place | undefined;
}

/** Behind the contact nodes stand the acceptors, in the same order. */
function servicesOf({ contactAddresses, members }: WideAreaRoles): readonly Service[] {
  return contactAddresses.map((contact, index) => {
    return { contact, contactNode: members[index]!, acceptor: members[contactAddresses.length + index] };
  });
}

function membersOf({ contactNode, acceptor }: Service): readonly string[] {
  return [contactNode, acceptor].flatMap((member) => (member === undefined ? [] : [member.name]));
}

/** For the analysis: who serves which address. */
function namesOf(services: readonly Service[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    services.flatMap(({ contactNode, acceptor }, index) => [
      [`contactNode${index + 1}`, contactNode.address],
      ...(acceptor === undefined ? [] : [[`acceptor${index + 1}`, acceptor.address]]),
    ]),
  );
}

function allAssociations(
  seed: number,
  services: readonly Service[],
): Readonly<Record<string, SecurityAssociation>> {
  return Object.fromEntries(
    services.flatMap((_, index) =>
      Object.entries(securityAssociations(seed, index)).map(([name, keys]) => [
        `contact${index + 1} ${name}`,
        keys,
      ]),
    ),
  );
}

function planOf({ parameters }: Cell): Plan {
  const { contactAddresses = 1, bytes = 0, csMs = 0, ssMs = 0, handoff = 0 } = parameters;
  const { rateKbit = 1, clientRateKbit = rateKbit, windowBytes = 65_535, lossPct = 0 } = parameters;
  const links = { rateKbit, clientRateKbit, windowBytes, lossPct };
  const least = contactAddresses * (1 + handoff);
  if (bytes < least) {
    throw new UsageError('bytes', String(bytes), 'leaves a member nothing to send', `give at least ${least}`);
  }
  if (handoff === 1 && contactAddresses > mostHandedOff) {
    const remedy = `give at most ${mostHandedOff}: a lab's memory holds no more members`;
    throw new UsageError('contactAddresses', String(contactAddresses), 'is too many with handoff=1', remedy);
  }
  return { contactAddresses, bytes, csMs, ssMs, ...links, handoff: handoff === 1 };
}

/** Every member has a site of its own, the client too. */
function networkOf(plan: Plan): { readonly topology: Topology; readonly roles: WideAreaRoles } {
  const { contactAddresses, handoff, csMs, ssMs, rateKbit, lossPct } = plan;
  const members = contactAddresses * (handoff ? 2 : 1);
  const sites = Array.from({ length: members }, (_, index) => `S${index + 1}`);
  const latencies = sites.flatMap((from, index): SiteLatency[] => [
    { from, to: 'C1', delayMs: csMs },
    ...sites.slice(index + 1).map((to) => ({ from, to, delayMs: ssMs })),
  ]);
  const counts = { members, sites: members, contactAddresses, clients: 1, clientSites: 1 };
  const { topology, roles } = wideAreaNetwork({ ...counts, rateKbit, lossPct, latencies });
  return { topology: withClient(topology, roles.clients[0]!, plan), roles };
}

/** curl has no word in the size of its window, so it is the kernel's default; of the buffer one half is for its own overhead. */
function withClient(topology: Topology, { name }: Place, { clientRateKbit, windowBytes }: Plan): Topology {
  const buffer = String(2 * windowBytes);
  const sysctls = { 'net.ipv4.tcp_rmem': `4096 ${buffer} ${buffer}` };
  return {
    ...topology,
    nodes: topology.nodes.map((node) =>
      node.name === name ? { ...node, sysctls: { ...node.sysctls, ...sysctls } } : node,
    ),
    links: topology.links.map((link) =>
      link.b === name ? { ...link, aToB: { rateKbit: clientRateKbit } } : link,
    ),
  };
}

/** A member hands its client off in the middle of the range, an acceptor hands nobody off. */
function webServer(plan: Plan, acceptor: string | undefined, variant: string): object {
  const afterBytes = Math.floor(plan.bytes / plan.contactAddresses / 2);
  const handoff = acceptor === undefined ? {} : { handoff: { afterBytes, acceptor, variant } };
  return { kind: 'web', root: '/nonexistent', generated: { [document]: plan.bytes }, ...handoff };
}

/** The document at the smaller of both rates. */
function transferMs({ bytes, contactAddresses, rateKbit, clientRateKbit }: Plan): number {
  return (bytes * 8) / Math.min(contactAddresses * rateKbit, clientRateKbit);
}

/** Far above what a session can take: transfer at the rate, round trips of slow start and handoff, and losses. */
function sessionLimitMs(plan: Plan): number {
  const { bytes, contactAddresses, csMs, ssMs, windowBytes, lossPct } = plan;
  const range = bytes / contactAddresses;
  const atTheRate = 4 * transferMs(plan) + 60 * (2 * csMs + ssMs);
  const bare = Math.max(atTheRate, windowsMs(range, windowBytes, csMs)) + 60_000;
  return Math.ceil(bare + lossesMs(range, lossPct));
}

/** Round trips of a session beside its data: connection, slow start, handoff. */
const roundTrips = 12;

function wallSeconds(cell: Cell, plan: Plan): number {
  const sessionMs = 1.1 * transferMs(plan) + roundTrips * (2 * plan.csMs + plan.ssMs);
  return sessionsSeconds(cell, sessionMs);
}

interface Sessions {
  readonly periodMs: number;
  readonly sessionMs: number;
}

function curlClient(
  cell: Cell,
  roles: WideAreaRoles,
  plan: Plan,
  { periodMs, sessionMs }: Sessions,
): LabProcess {
  return {
    name: 'client',
    host: roles.clients[0]!.name,
    program: 'curl-client',
    config: {
      servers: roles.contactAddresses.map(({ address }) => address),
      port: servicePort,
      document,
      bytes: plan.bytes,
      ...sessionStarts(cell, periodMs),
      timeoutMs: sessionMs,
      lingerMs: lingerFor(lingerMs, Math.max(plan.csMs, plan.ssMs)),
    },
  };
}
