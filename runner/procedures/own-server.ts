import type { OrderedHandoff, OwnApplication } from '../../experiments/own-server.ts';
import { topologyByName } from '../../topologies/index.ts';
import { pathBetween } from '../../topologies/routes.ts';
import type { Topology } from '../../topologies/topology.ts';
import type { Place, WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import { longestLatencyMs, worstCaseOf } from '../../topologies/worst-case.ts';
import type { Cell } from '../cells.ts';
import { rolesOf } from '../serve/roles.ts';
import { UsageError } from '../usage-error.ts';
import { lingerFor, longestTripMs } from './patience.ts';
import type { LabPlan, LabProcess } from './procedure.ts';
import { securityAssociations } from './security-associations.ts';
import { lingerMs, sessionStarts, sessionsSeconds, wallWarmUps } from './session-starts.ts';
import { channelPort, linkParameters } from './testbed.ts';
import { wideAreaDaemons } from './wide-area-server.ts';

/** TCP port of a server of one's own at the contact address. */
const ownServicePort = 8080;
/** longer than TIME-WAIT (60 s), so that no connection meets the rests of the one before */
const restMs = 70_000;
const usualLimitMs = 600_000;
/** About how long a command takes where waiting is not free. */
const usualSessionMs = 5000;
const applicationFile = 'config/application.cjs';
const ordersFolder = '/run/orders';
/** The network that parameters of an experiment are about unless it names another. */
const TESTBED = 'fig9';

/** What a server of one's own on a network is, whoever asks for it. */
interface OwnServer {
  readonly topology: Topology;
  readonly application: OwnApplication;
  readonly seed: number;
  /** what the application's function is given beside its own options */
  readonly told: Readonly<Record<string, unknown>>;
}

/** A server of one's own on every member, a command on the client, handoffs that the server asks for or that are ordered. */
export function ownServer(cell: Cell): LabPlan {
  const { experiment, parameters, variant } = cell;
  const { application, client, handoffs = [], clientLimitMs = usualLimitMs } = experiment;
  if (application === undefined || client === undefined) {
    const missing = application === undefined ? 'application' : 'client';
    const remedy = "give application: './my-server.ts' and client: 'curl …'";
    throw new UsageError(
      `${experiment.id}: ${missing}`,
      '',
      'is missing, and the procedure is own-server',
      remedy,
    );
  }
  const topology = networkOf(cell);
  const own = topology.name === TESTBED ? {} : { seenFrom: seenFrom(topology) };
  const told = { parameters, ...(variant === '' ? {} : { variant }) };
  const server = serverOn({ topology, application: loaded(application), seed: cell.seed, told });
  const periodMs = Math.ceil((clientLimitMs + restMs) / 10_000) * 10_000;
  return {
    ...server,
    driver: {
      name: 'client',
      host: server.roles.clients[0]!.name,
      program: 'command-client',
      config: {
        command: client,
        environment: environmentOf(server),
        orders: ordersOf(handoffs, server.roles, experiment.id),
        fifos: server.fifos,
        ...sessionStarts(cell, periodMs),
        outputFolder: '/run/job/output',
        timeoutMs: clientLimitMs,
        lingerMs: lingerFor(lingerMs, longestTripMs(topology)),
      },
    },
    virtualTimeoutS: Math.ceil(((cell.repetitions + wallWarmUps + 2) * periodMs) / 1000) + 120,
    wallSeconds: sessionsSeconds(cell, usualSessionMs),
    mayHandOff: true,
    ...own,
  };
}

/** What the analysis takes from parameters on the paper's testbed. */
function seenFrom(topology: Topology): NonNullable<LabPlan['seenFrom']> {
  const { roles } = rolesOf(topology);
  const client = roles.clients[0]!.name;
  const [first, ...others] = roles.members.map(({ name }) => longestLatencyMs(topology, client, name));
  const neighbour = pathBetween(topology, 'router', client)?.[0]?.peer;
  return {
    ...(neighbour === undefined ? {} : { clientNeighbour: neighbour }),
    network: { ...worstCaseOf(topology), cs1Ms: first!, cs2Ms: Math.max(...others) },
  };
}

/** All of a plan but who drives it. Throws UsageError for a network on which no server can be. */
export function serverOn({ topology, application, seed, told }: OwnServer) {
  const { roles, addresses } = rolesOf(topology);
  const orders = (name: string): string => `${ordersFolder}/${name}`;
  const { name, bundle = '', options } = application;
  return {
    topology,
    roles,
    addresses,
    servicePort: ownServicePort,
    channelPort,
    associations: securityAssociations(seed),
    files: { [applicationFile]: bundle },
    hostNames: hostNamesOf(topology, addresses.contactAddress!),
    fifos: roles.members.map((member) => orders(member.name)),
    daemons: wideAreaDaemons({
      roles,
      seed,
      servicePort: ownServicePort,
      tripMs: longestTripMs(topology),
      application: (member: Place): object => ({
        kind: 'module',
        file: `/run/job/${applicationFile}`,
        name,
        options:
          typeof options === 'object' && options !== null ? { ...options, ...told } : (options ?? told),
        orders: orders(member.name),
      }),
    }),
  } satisfies Partial<LabPlan> & {
    readonly roles: WideAreaRoles;
    readonly daemons: readonly (readonly LabProcess[])[];
  };
}

/** Every machine by its first name, and `contact`. */
function hostNamesOf({ links }: Topology, contact: string): Readonly<Record<string, string>> {
  const names: Record<string, string> = { contact };
  for (const { a, b, addresses } of links) {
    names[a] ??= addresses[0];
    names[b] ??= addresses[1];
  }
  return names;
}

/** What a command finds in its environment. */
function environmentOf({
  addresses,
}: {
  readonly addresses: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  const contact = addresses.contactAddress!;
  return { CONTACT: contact, PORT: String(ownServicePort), URL: `http://[${contact}]:${ownServicePort}` };
}

/** `--handoff 500` or 500:node2. Without a member each goes to the one behind the last, the first to the second. */
export function ordersOf(
  handoffs: readonly OrderedHandoff[],
  { members }: WideAreaRoles,
  id: string,
): readonly { readonly atMs: number; readonly line: string }[] {
  let last = 0;
  return handoffs.map(({ atMs, to }) => {
    const place =
      to === undefined ? (last + 1) % members.length : members.findIndex(({ name }) => name === to);
    if (place < 0) {
      const remedy = `name one of ${members.map(({ name }) => name).join(', ')}`;
      throw new UsageError(`${id}: handoffs`, to ?? '', 'is no member', remedy);
    }
    last = place;
    return { atMs, line: members[place]!.address };
  });
}

/** The cell's network: of its parameters those that the network has. */
function networkOf(cell: Cell): Topology {
  const { experiment, parameters } = cell;
  const entry = topologyByName(experiment.topology);
  if (entry.name === TESTBED) return entry.build({ ...linkParameters(cell) });
  const known = Object.entries(parameters).filter(([name]) => Object.hasOwn(entry.defaults, name));
  return entry.build(Object.fromEntries(known));
}

function loaded(application: OwnApplication | string): OwnApplication {
  if (typeof application === 'object' && application.bundle !== undefined) return application;
  const file = typeof application === 'string' ? application : application.name;
  throw new UsageError('application', file, 'has not been loaded', 'run the experiment from its file');
}
