import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { securityAssociations } from '../../runner/procedures/security-associations.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { type AdverseHolders, readHolders } from './adverse-capture.ts';
import {
  type AdverseNetwork,
  adverseNetwork,
  CONTACT_ADDRESS,
  homeAgentAddress,
  memberAddress,
} from './adverse-topology.ts';
import { runInLab } from './lab.ts';
import type { LoggedEvent } from './member-lab.ts';
import { startCapture, stopCapture } from './network-lab.ts';

/** How a client behaves; the fields of a session of `guest/adverse-client.ts`. */
export interface AdverseSession {
  readonly name: string;
  readonly atMs: number;
  readonly itinerary: {
    readonly bytes: number;
    readonly upload: number;
    readonly variant: string;
    readonly legs: readonly {
      readonly after: number;
      readonly of: 'sent' | 'received';
      readonly acceptor: string;
    }[];
  };
  readonly receiveWindow?: number;
  readonly receiveLowWater?: number;
  readonly pause?: { readonly afterBytes: number; readonly forMs: number };
  readonly leave?: { readonly how: 'fin' | 'rst'; readonly afterBytes: number; readonly delayMs: number };
  readonly pace?: { readonly octets: number; readonly everyMs: number };
}

export interface TimelineStep {
  readonly atMs: number;
  readonly name: string;
  readonly command: readonly string[];
}

export interface AdverseLab {
  readonly network: AdverseNetwork;
  /** by client */
  readonly sessions: readonly (readonly AdverseSession[])[];
  /** at the router */
  readonly timeline?: readonly TimelineStep[];
  /** of every member */
  readonly member?: object;
  readonly seed?: number;
}

export interface AdverseRun {
  readonly status: number;
  readonly console: string;
  readonly wallMs: number;
  /** of all nodes, in order of time */
  readonly events: readonly LoggedEvent[];
  /** what the packets say of each connection */
  readonly holders: AdverseHolders;
  /** by machine: what the kernel held before the first session, and long after the last */
  readonly kernel: ReadonlyMap<string, { readonly before: string; readonly after: string }>;
}

const PERIOD_MS = 60_000;
/** Longer than a binding's lifetime, retransmissions and TIME-WAIT. */
const REST_S = 1200;
const SERVICE_PORT = 8080;

/** Clients, members and a capture in one boot; every wait is the lab's own time. */
export async function runAdverse(lab: AdverseLab): Promise<AdverseRun> {
  const processes = processesOf(lab);
  const topology = adverseNetwork(lab.network);
  const machines = topology.nodes.map(({ name }) => name).filter((name) => /^(node|client)/.test(name));
  const files = processes.map(({ name, config }) => [`${name}.json`, JSON.stringify(config)]);
  const startedAt = performance.now();
  await using run = await runInLab({
    body: [provisionScript(topology), script(processes, machines)].join('\n'),
    programs: { ...nodeEntryPoints, ...guests('adverse-client', 'timeline') },
    files: Object.fromEntries(files),
    seed: lab.seed ?? 7,
    virtualTimeoutS: 40_000,
    wallTimeoutMs: 600_000,
  });
  const wallMs = performance.now() - startedAt;
  const complete = run.console.includes('lab body complete');
  assert.ok(complete, `the lab did not run:\n${run.console}`);
  const kernel = new Map<string, { before: string; after: string }>();
  for (const name of machines) {
    const [before, after] = await Promise.all(
      ['before', 'after'].map((when) => text(run.folder, when, name)),
    );
    kernel.set(name, { before: before!, after: after! });
  }
  const holders = readHolders(join(run.folder, 'capture.pcap'), SERVICE_PORT);
  return { ...run, wallMs, kernel, events: await eventsIn(run.folder), holders };
}

function text(folder: string, when: string, name: string): Promise<string> {
  return readFile(join(folder, `${when}-${name}`), 'utf8').catch(() => '');
}

interface Process {
  readonly stage: 'daemon' | 'member' | 'driver';
  readonly name: string;
  readonly host: string;
  readonly program: string;
  readonly config: object;
}

function processesOf({ network, sessions, timeline, member = {}, seed = 7 }: AdverseLab): Process[] {
  const contact = { address: CONTACT_ADDRESS, associations: securityAssociations(seed) };
  const agent = {
    address: homeAgentAddress(1),
    prefix: '2001:db8:1::/64',
    homeAddresses: [contact],
    maximumLifetimeSeconds: 420,
  };
  const numbers = Array.from({ length: network.members }, (_, index) => index + 1);
  const client = { server: CONTACT_ADDRESS, port: SERVICE_PORT, periodMs: PERIOD_MS, timeoutMs: 120_000 };
  return [
    { stage: 'daemon', name: 'ha1', host: 'ha1', program: 'home-agent', config: agent },
    ...network.clients.map((_, index): Process => {
      const host = `client${index}`;
      return { stage: 'daemon', name: `cn${index}`, host, program: 'correspondent-node', config: {} };
    }),
    ...numbers.toReversed().map((number): Process => {
      const config = { ...memberConfig(number, numbers, contact.associations), ...member };
      return { stage: 'member', name: `node${number}`, host: `node${number}`, program: 'member', config };
    }),
    ...sessions.map((asked, index): Process => {
      const host = `client${index}`;
      const config = { ...client, sessions: asked };
      return { stage: 'driver', name: host, host, program: 'adverse-client', config };
    }),
    ...(timeline === undefined ? [] : [timelineOf(timeline)]),
  ];
}

function timelineOf(steps: readonly TimelineStep[]): Process {
  const config = { periodMs: PERIOD_MS, steps };
  return { stage: 'driver', name: 'timeline', host: 'router', program: 'timeline', config };
}

function memberConfig(number: number, numbers: readonly number[], associations: object): object {
  return {
    careOfAddress: memberAddress(number),
    contactAddress: CONTACT_ADDRESS,
    homeAgent: homeAgentAddress(1),
    contactNode: memberAddress(1),
    ...(number === 1 ? { associations } : {}),
    peers: numbers.filter((other) => other !== number).map(memberAddress),
    channelPort: 7000,
    channel: 'cleartext',
    servicePort: SERVICE_PORT,
    homeLifetimeSeconds: 420,
    bindingLifetimeSeconds: 420,
    doneTimeoutMs: 60_000,
    sendBuffer: 87 * 1024,
    application: { kind: 'itinerary' },
  };
}

function script(processes: readonly Process[], machines: readonly string[]): string {
  const start = ({ name, host, program }: Process): string => `start ${name} ${host} ${program}`;
  const stage = (wanted: Process['stage']): string => {
    const own = processes.filter((process) => process.stage === wanted);
    return [...own.map(start), `ready ${own.length}`].join('\n');
  };
  const names = (wanted: Process['stage']): string =>
    processes.flatMap((process) => (process.stage === wanted ? [process.name] : [])).join(' ');
  return `${FUNCTIONS}
${startCapture('router').replace('-B 16384', '-s 276 -B 16384')}
${stage('daemon')}
${stage('member')}
kernel_state before ${machines.join(' ')}
${stage('driver')}
status=0
for name in ${names('driver')}; do wait "\${pids[$name]}" || status=1; done
sleep ${REST_S}
kernel_state after ${machines.join(' ')}
for name in ${processes
    .flatMap(({ stage, name }) => (stage === 'driver' ? [] : [name]))
    .reverse()
    .join(' ')}; do
  kill -TERM "\${pids[$name]}" 2>/dev/null || true; wait "\${pids[$name]}" || { echo "$name ended with $?: $(tail -n 5 /run/job/$name.stderr)"; status=1; }
done
${stopCapture}
echo 'lab body complete'
exit $status`;
}

/** What a leak would show in: sockets, kernel objects, descriptors of the process that serves. */
const FUNCTIONS = `mkfifo /run/ready
exec 8<>/run/ready
declare -A pids
start() { # name host program
  nsenter --net=/run/netns/"$2" $NODE /run/lab/nodes/"$3".cjs --node "$1" --config /run/job/"$1".json --events /run/job/"$1".jsonl \\
    --ready /run/ready 2>/run/job/"$1".stderr &
  pids[$1]=$!
}
ready() { # count
  local name
  for ((i = 0; i < $1; i++)); do read -r -t 60 -u 8 name || { tail -n 20 /run/job/*.stderr >&2; exit 3; }; done
}
kernel_state() { # when machine…
  local when=$1 name; shift
  for name in "$@"; do
    nsenter --net=/run/netns/"$name" bash -c '
      cd /proc/self/net
      ip xfrm state | grep -v -e anti-replay -e lastused; ip xfrm policy; ip -6 rule; ip -6 route show table all | sed "s/ expires [^ ]*//"
      while read -r proto inuse count rest; do case $proto in TCP:|TCP6:|RAW6:) echo "$proto $count \${rest%% mem*}";; esac; done < sockstat
      while read -r line; do echo "$line"; done < sockstat6
      while read -r line; do echo packet; done < packet
      while read -r _ local remote state _; do echo "tcp \${local##*:} \${remote##*:} $state"; done < tcp6' > /run/job/"$when"-"$name"
    if [ -d /proc/"\${pids[$name]:-none}"/fd ]; then ls /proc/"\${pids[$name]}"/fd | wc -l >> /run/job/"$when"-"$name"; fi
  done
}`;

function guests(...names: readonly string[]): Readonly<Record<string, string>> {
  const path = (name: string): string =>
    fileURLToPath(new URL(`../handoff-adverse/guest/${name}.ts`, import.meta.url));
  return Object.fromEntries(names.map((name) => [name, path(name)]));
}

async function eventsIn(folder: string): Promise<LoggedEvent[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const lines = texts.flatMap((content) => content.split('\n').filter((line) => line !== ''));
  const events = lines.map((line) => JSON.parse(line) as LoggedEvent);
  return events.sort((a, b) => (BigInt(a.t) < BigInt(b.t) ? -1 : 1));
}
