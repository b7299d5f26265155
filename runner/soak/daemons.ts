import { nodeFlags } from '../lab-body.ts';
import { type ConductedCommand, conducted, type Disturbance } from '../procedures/disturbances.ts';
import type { LabProcess } from '../procedures/procedure.ts';
import { wideAreaDaemons } from '../procedures/wide-area-server.ts';
import type { SoakPlan } from './plan.ts';

export const servicePort = 8080;
/** retransmissions of a test that nobody answers: 1 + 2 + 4 + 8 s until a client counts as one without Mobile IPv6 */
const testRetransmissions = 3;
/** after the last visit: bindings are deleted, connections end */
const lingerMs = 5000;
const periodMs = 1000;
const inspectEveryS = 15;

/** All processes of a soak, and the conductor that starts and disturbs them. */
interface SoakProcesses {
  readonly conductor: LabProcess;
  /** of all others: name → configuration */
  readonly configurations: Readonly<Record<string, unknown>>;
}

/** Few processes are the correspondent nodes of all clients that have one, one lets all clients visit: a process each would need 5 GB. */
export function soakProcesses(plan: SoakPlan): SoakProcesses {
  const { roles, seed, group, membership, visits } = plan;
  const [others = [], members = []] = wideAreaDaemons({
    roles,
    seed,
    servicePort,
    group,
    application: () => ({ kind: 'itinerary' }),
  });
  const correspondents = Object.entries(plan.agents.correspondents).map(
    ([name, namespaces]): LabProcess => ({
      name,
      host: 'router',
      program: 'correspondent-node',
      config: { namespaces },
    }),
  );
  const homeAgents = others.filter(({ program }) => program === 'home-agent');
  const servers = members.map((member) => joining(member, plan));
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
    steps: [
      { atMs: 0, action: 'run', target: clients.name },
      ...plan.disturbances,
      ...inspections([...correspondents, ...homeAgents, ...servers], plan.size.minutes),
    ],
    periodMs,
    lingerMs,
  });
  const all = [...correspondents, ...homeAgents, ...servers, clients];
  return {
    conductor: driver,
    configurations: Object.fromEntries(all.map(({ name, config }) => [name, config])),
  };
}

/** What the kernel holds is compared with what each daemon says that it should, again and again. */
function inspections(daemons: readonly LabProcess[], minutes: number): readonly Disturbance[] {
  const count = Math.floor((60 * minutes) / inspectEveryS);
  return Array.from({ length: count }, (_, index) => 1000 * inspectEveryS * (index + 1)).flatMap((atMs) =>
    daemons.map(({ name }) => ({ atMs, action: 'inspect' as const, target: name })),
  );
}

/** Patient with clients, and known to nobody before it calls. */
function joining(process: LabProcess, { membership: plan, lifetimes }: SoakPlan): LabProcess {
  const { acceptorPolicy, introducers, leaveMs } = plan;
  const membership = { introducers: introducers[process.name], acceptorPolicy, leaveMs };
  return {
    ...process,
    config: {
      ...(process.config as object),
      peers: [],
      membership,
      testRetransmissions,
      homeLifetimeSeconds: lifetimes.homeSeconds,
      bindingLifetimeSeconds: lifetimes.bindingSeconds,
    },
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
