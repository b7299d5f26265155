import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cutScript, healScript } from '../../nodes/conductor/partition.ts';
import type { LabRun } from '../../runner/lab/boot.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import type { LabProcess } from '../../runner/procedures/procedure.ts';
import { type GroupTimes, wideAreaDaemons } from '../../runner/procedures/wide-area-server.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { type WideAreaOptions, wideAreaNetwork } from '../../topologies/wide-area.ts';
import { runInLab } from './lab.ts';
import type { LoggedEvent } from './member-lab.ts';
import { type ServerName, withNameServer } from './name-server-stage.ts';
import { startCapture, stopCapture } from './network-lab.ts';

/** One-way latencies of the takeover tests' network, ms: node1 and ha1 at S1, node2 at S2, node3 at S3, clients at C1. */
export const latencies = { S1S2: 30, S1S3: 45, S2S3: 25, C1S1: 20, C1S2: 40, C1S3: 35 } as const;
export const servicePort = 8080;
export const groupTimes: GroupTimes = {
  heartbeatMs: 100,
  suspectMs: 500,
  staggerMs: 200,
  registrationMs: 3000,
  handOverMs: 2000,
};

type Latencies = Readonly<Record<keyof typeof latencies, number>>;

/** Three members at sites of their own, clients at a fourth. */
export const threeSites = (ways: Latencies): WideAreaOptions => ({
  members: 3,
  sites: 3,
  contactAddresses: 1,
  clients: 4,
  clientSites: 1,
  // client4
  plainClients: 1,
  latencies: Object.entries(ways).map(([pair, delayMs]) => ({
    from: pair.slice(0, 2),
    to: pair.slice(2),
    delayMs,
  })),
});
const { roles: places } = wideAreaNetwork(threeSites(latencies));
export const contactAddress = places.contactAddresses[0]!.address;

/** Care-of address of a member, or address of another machine. */
export function addressOf(name: string): string {
  const all = [...places.members, ...places.clients, ...places.gateways];
  return all.find((place) => place.name === name)!.address;
}

export interface TakeoverLab {
  /**
   * lines of bash, after all daemons are ready. `mark NAME` notes the time; `crash NAME` is SIGKILL, `finish NAME` SIGTERM and its end;
   * `cut NAME [ADDRESS…]` drops all packets of a machine, or those from and to these addresses, `heal NAME` lets them pass; `start NAME` starts a daemon again; `download NAME CLIENT
   * BYTES` `datagrams CLIENT EVERY_MS COUNT` and `visit PROGRAM CLIENT [NAME]` run in the background, `finished` waits for them and prints how they ended.
   */
  readonly body: string;
  readonly group?: GroupTimes;
  /** ms, in place of those above */
  readonly latencies?: Partial<Latencies>;
  /** in place of the whole network: of the same members and clients, with addresses as `addressOf` gives them */
  readonly network?: WideAreaOptions;
  /** published by the network's name server; default: nothing is */
  readonly serverName?: ServerName;
  /** of every member; default: `takeover-application`, which serves documents and sends datagrams back */
  readonly application?: object;
  readonly programs?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** daemons that the body starts itself, by `start NAME; ready 1` */
  readonly later?: readonly string[];
  /** by daemon: one of `programs` in place of its own; the body may change it with `program_of[NAME]=PROGRAM` before it starts it again */
  readonly programOf?: Readonly<Record<string, string>>;
  /** changes a daemon's configuration */
  readonly configure?: (process: LabProcess) => object;
}

export type TakeoverRun = LabRun & {
  readonly folder: string;
  /** by name: ns of the capture's clock */
  readonly marks: ReadonlyMap<string, bigint>;
  events(name: string): Promise<readonly LoggedEvent[]>;
} & AsyncDisposable;

/** Three members with one contact address in the lab kernel; a download's first 100 kB come from node1, or after it from node2. */
export async function runTakeover(options: TakeoverLab): Promise<TakeoverRun> {
  const { body, group = groupTimes, configure, application, programs, files, later = [] } = options;
  const { topology, roles } = wideAreaNetwork(
    options.network ?? threeSites({ ...latencies, ...options.latencies }),
  );
  const members = wideAreaDaemons({
    roles,
    seed: 7,
    servicePort,
    group,
    application: ({ name }) => application ?? documentsAndDatagrams(name),
  });
  const { serverName } = options;
  const stages = serverName === undefined ? members : withNameServer(members, roles, 7, serverName);
  const daemons = stages.flat();
  const config = (process: LabProcess) =>
    JSON.stringify({ ...(process.config as object), ...configure?.(process) });
  const lab = await runInLab({
    body: [
      provisionScript(topology),
      functions(daemons, options.programOf ?? {}),
      startCapture('router'),
      startAll(stages.map((stage) => stage.filter(({ name }) => !later.includes(name)))),
      body,
      stopAll(stages),
      stopCapture,
    ].join('\n'),
    programs: {
      ...nodeEntryPoints,
      'takeover-application': guest('takeover-application'),
      'datagram-client': guest('datagram-client'),
      ...programs,
    },
    files: {
      ...Object.fromEntries(daemons.map((process) => [`${process.name}.json`, config(process)])),
      ...files,
    },
    virtualTimeoutS: 3600,
  });
  const text = (name: string) => readFile(join(lab.folder, name), 'utf8').catch(() => '');
  const lines = async (name: string) => (await text(name)).split('\n').filter((line) => line !== '');
  const marks = (await lines('marks')).map((line) => line.split(' '));
  return Object.assign(lab, {
    marks: new Map(marks.map(([name = '', ns = '0']) => [name, BigInt(ns)])),
    events: async (name: string) =>
      (await lines(`${name}.jsonl`)).map((line) => JSON.parse(line) as LoggedEvent),
  });
}

function documentsAndDatagrams(member: string): object {
  const next = { node1: 'node2', node2: 'node3' }[member];
  return {
    kind: 'module',
    file: '/run/lab/nodes/takeover-application.cjs',
    options: {
      kind: 'download',
      firstBytes: 100_000,
      ...(next === undefined ? {} : { acceptor: addressOf(next) }),
      variant: 'drain+advance-rr',
      waitMs: 0,
    },
  };
}

/** Of these downloads, those that did not end with every octet intact. */
export async function finishedWell(
  run: TakeoverRun,
  downloads: readonly string[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const name of downloads) {
    const verdict = (await run.events(name)).find(({ event }) => event === 'repetition-finished');
    if (verdict?.ok !== true) problems.push(`${name}: ${JSON.stringify(verdict)}`);
  }
  return problems;
}

function guest(name: string): string {
  return fileURLToPath(new URL(`../member-lab/guest/${name}.ts`, import.meta.url));
}

function startAll(stages: readonly (readonly LabProcess[])[]): string {
  return stages
    .map((stage) => `${stage.map(({ name }) => `start ${name}`).join('; ')}; ready ${stage.length}`)
    .join('\n');
}

/** Ends what still runs, last started first. */
function stopAll(stages: readonly (readonly LabProcess[])[]): string {
  const names = stages
    .flat()
    .map(({ name }) => name)
    .reverse();
  return `for name in ${names.join(' ')}; do finish "$name"; done`;
}

function functions(daemons: readonly LabProcess[], programOf: Readonly<Record<string, string>>): string {
  const others = Object.entries(programOf).map(([name, program]) => `[${name}]=${program}`);
  const table = daemons.map(({ name, host, program }) => `${name}) host=${host} program=${program} ;;`);
  return `mkfifo /run/ready
exec 8<>/run/ready
declare -A pids
declare -A program_of=(${others.join(' ')})
downloads=()
on() { local name=$1; shift; nsenter --net=/run/netns/"$name" "$@"; }
mark() { echo "$1 $(date +%s%N)" >>/run/job/marks; }
start() { # name
  local host program
  case $1 in ${table.join(' ')} *) echo "no daemon $1" >&2; return 1 ;; esac
  program=\${program_of[$1]:-$program}
  nsenter --net=/run/netns/"$host" $NODE /run/lab/nodes/"$program".cjs --node "$1" --config /run/job/"$1".json \\
    --events /run/job/"$1".jsonl --ready /run/ready --state /run/job/"$1".state 2>>/run/job/"$1".stderr &
  pids[$1]=$!
}
ready() { # count
  local name
  for ((i = 0; i < $1; i++)); do
    read -r -t 60 -u 8 name || { echo "not ready; $(tail -n 20 /run/job/*.stderr)" >&2; exit 3; }
  done
}
finish() { [ -z "\${pids[$1]:-}" ] || { kill -TERM "\${pids[$1]}" && wait "\${pids[$1]}" || echo "$1 ended with $?"; pids[$1]=; }; }
crash() { kill -KILL "\${pids[$1]}"; wait "\${pids[$1]}" 2>/dev/null || true; pids[$1]=; }
cut() { # machine [address…]
  local machine=$1 addresses
  shift
  addresses=$(IFS=,; echo "$*")
  if [ $# -eq 0 ]; then on "$machine" nft "${cutScript(undefined)}"; else on "$machine" nft "${cutScript(['$addresses'])}"; fi
}
heal() { on "$1" nft "${healScript}"; }
download() { # name client bytes
  echo '{"server":"${contactAddress}","port":${servicePort},"bytes":'"$3"',"periodMs":1,"phasesMs":[0],"receiveLowWater":0,"receiveWindow":16384,"timeoutMs":30000,"lingerMs":2000}' >/run/job/"$1".json
  on "$2" $NODE /run/lab/nodes/download-client.cjs --node "$1" --config /run/job/"$1".json --events /run/job/"$1".jsonl &
  downloads+=("$1:$!")
}
visit() { # program client [name]: configured by the file of that name
  local name=\${3:-$1}
  on "$2" $NODE /run/lab/nodes/"$1".cjs --node "$name" --config /run/job/"$name".json --events /run/job/"$name".jsonl &
  downloads+=("$name:$!")
}
datagrams() { # client every count
  on "$1" $NODE /run/lab/nodes/datagram-client.cjs ${contactAddress} ${servicePort} "$2" "$3" &
  downloads+=("datagrams:$!")
}
finished() {
  local one status
  for one in "\${downloads[@]}"; do
    status=0
    wait "\${one#*:}" || status=$?
    echo "\${one%%:*} ended with $status" >>/run/job/outcomes
  done
  downloads=()
}`;
}
