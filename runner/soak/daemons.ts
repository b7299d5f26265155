import { nodeFlags } from '../lab-body.ts';
import { type ConductedCommand, conducted } from '../procedures/disturbances.ts';
import type { LabProcess } from '../procedures/procedure.ts';
import { wideAreaDaemons } from '../procedures/wide-area-server.ts';
import type { MembershipPlan } from './membership.ts';
import type { SoakPlan } from './plan.ts';

export const servicePort = 8080;
/** retransmissions of a test that nobody answers: 1 + 2 + 4 + 8 s until a client counts as one without Mobile IPv6 */
const testRetransmissions = 3;
/** after the last visit: bindings are deleted, connections end */
const lingerMs = 5000;
const periodMs = 1000;

/** All processes of a soak, and the conductor that starts and disturbs them. */
export interface SoakProcesses {
  readonly conductor: LabProcess;
  /** of all others: name → configuration */
  readonly configurations: Readonly<Record<string, unknown>>;
}

/** One process is the correspondent node of all clients that have one, one lets all clients visit: a process each would need 5 GB. */
export function soakProcesses(plan: SoakPlan): SoakProcesses {
  const { roles, seed, group, membership, visits } = plan;
  const [others = [], members = []] = wideAreaDaemons({
    roles,
    seed,
    servicePort,
    group,
    application: () => ({ kind: 'itinerary' }),
  });
  const capable = roles.clients.filter(({ kind }) => kind === 'correspondent-node');
  const correspondents: readonly LabProcess[] =
    capable.length === 0
      ? []
      : [
          {
            name: 'correspondents',
            host: 'router',
            program: 'correspondent-node',
            config: { namespaces: capable.map(({ name }) => name) },
          },
        ];
  const homeAgents = others.filter(({ program }) => program === 'home-agent');
  const servers = members.map((member) => joining(member, membership));
  const isLate = ({ name }: LabProcess): boolean => membership.joins.some(({ member }) => member === name);
  const clients: LabProcess = {
    name: 'clients',
    host: 'router',
    program: 'itinerary-clients',
    config: { port: servicePort, periodMs, visits },
  };
  const { driver } = conducted({
    host: 'router',
    daemons: [[...correspondents, ...homeAgents], servers.filter((one) => !isLate(one))].map((stage) =>
      stage.map(asDaemon),
    ),
    later: servers.filter(isLate).map(asDaemon),
    clients: [{ ...asClient(clients), limitMs: (plan.size.minutes + 30) * 60_000 }],
    steps: [{ atMs: 0, action: 'run', target: clients.name }, ...plan.disturbances],
    periodMs,
    lingerMs,
  });
  const all = [...correspondents, ...homeAgents, ...servers, clients];
  return {
    conductor: driver,
    configurations: Object.fromEntries(all.map(({ name, config }) => [name, config])),
  };
}

/** Patient with clients, and known to nobody before it calls. */
function joining(process: LabProcess, { acceptorPolicy, introducers, leaveMs }: MembershipPlan): LabProcess {
  const membership = { introducers: introducers[process.name], acceptorPolicy, leaveMs };
  return {
    ...process,
    config: { ...(process.config as object), peers: [], membership, testRetransmissions },
  };
}

function asDaemon(process: LabProcess): ConductedCommand {
  const { name } = process;
  const more = ['--ready', '/run/conductor-ready', '--state', `/run/${name}.state`];
  return { ...asClient(process), command: [...asClient(process).command, ...more] };
}

/** Events are written one by one: what a member did before it was killed decides what may be lost. */
function asClient({ name, host, program }: LabProcess): ConductedCommand {
  const files = ['--config', `/run/job/config/${name}.json`, '--events', `/run/job/events/${name}.jsonl`];
  const words = ['/run/lab/node', ...nodeFlags.split(' '), `/run/lab/nodes/${program}.cjs`, '--node', name];
  return { name, host, command: [...words, ...files, '--block', '0'] };
}
