import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import type { LabProcess } from '../../runner/procedures/procedure.ts';
import { type GroupTimes, wideAreaDaemons } from '../../runner/procedures/wide-area-server.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { wideAreaNetwork } from '../../topologies/wide-area.ts';
import type { WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import { runInLab } from './lab.ts';
import type { LoggedEvent } from './member-lab.ts';

const servicePort = 8080;
const root = '/run/lab/nodes';
const document = 'member.cjs';
const AFTER_BYTES = 30_000;

export interface MixedClientsOptions {
  readonly clients: number;
  readonly plainClients: number;
  /** by member: the one it hands its clients to; default: round the three */
  readonly acceptors?: Readonly<Record<string, string>>;
  readonly group?: GroupTimes;
  /** curl's --limit-rate */
  readonly rate?: string;
  /** bash, while the clients fetch; `crash NAME` ends a daemon by SIGKILL, `also CLIENT SECONDS` has it fetch once more, so much later */
  readonly meanwhile?: string;
}

export interface MixedClientsRun {
  readonly status: number;
  readonly console: string;
  /** of the members, in order of time */
  readonly events: readonly LoggedEvent[];
  readonly roles: WideAreaRoles;
  /** octets that node1 had sent on its link when all clients were done */
  readonly sentByNode1: number;
  /** octets of the document that every client fetched */
  readonly documentOctets: number;
}

/** Three members that hand their clients round; all clients fetch one document at once, with stock curl, and compare its sum. */
export async function runMixedClients(options: MixedClientsOptions): Promise<MixedClientsRun> {
  const { clients: count, plainClients, group, rate = '100M', meanwhile = '' } = options;
  const { acceptors = { node1: 'node2', node2: 'node3', node3: 'node1' } } = options;
  const { topology, roles } = wideAreaNetwork({
    members: 3,
    sites: 3,
    contactAddresses: 1,
    clientSites: 2,
    spanMs: 40,
    clients: count,
    plainClients,
  });
  const handoffOf = (name: string): object => {
    const acceptor = roles.members.find((other) => other.name === acceptors[name])?.address;
    return acceptor === undefined ? {} : { handoff: { afterBytes: AFTER_BYTES, acceptor, variant: 'drain' } };
  };
  const stages = wideAreaDaemons({
    roles,
    seed: 7,
    servicePort,
    ...(group === undefined ? {} : { group }),
    application: ({ name }) => ({ kind: 'web', root, ...handoffOf(name) }),
  });
  const daemons = stages.flat();
  const clients = roles.clients.map(({ name }) => name);
  const url = `http://[${roles.contactAddresses[0]!.address}]:${servicePort}/${document}`;
  await using lab = await runInLab({
    body: [
      provisionScript(topology),
      startAll(stages),
      fetchAll(clients, url, rate, meanwhile),
      endAll(daemons),
    ].join('\n'),
    programs: nodeEntryPoints,
    files: Object.fromEntries(daemons.map(({ name, config }) => [`${name}.json`, JSON.stringify(config)])),
    virtualTimeoutS: 1000,
  });
  const texts = await Promise.all(
    roles.members.map(({ name }) => readFile(join(lab.folder, `${name}.jsonl`), 'utf8').catch(() => '')),
  );
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
  const events = lines.map((line) => JSON.parse(line) as LoggedEvent);
  events.sort((a, b) => (BigInt(a.t) < BigInt(b.t) ? -1 : 1));
  const [sentByNode1 = Number.NaN, documentOctets = Number.NaN] = (
    await readFile(join(lab.folder, 'octets'), 'utf8')
  )
    .trim()
    .split('\n')
    .map(Number);
  return { status: lab.status, console: lab.console, events, roles, sentByNode1, documentOctets };
}

function startAll(stages: readonly (readonly LabProcess[])[]): string {
  const start = ({ name, host, program }: LabProcess): string =>
    `nsenter --net=/run/netns/${host} $NODE ${root}/${program}.cjs --node ${name} --config /run/job/${name}.json ` +
    `--events /run/job/${name}.jsonl --ready /run/ready 2>>/run/job/stderr & pids[${name}]=$!`;
  const stage = (processes: readonly LabProcess[]): string => `${processes.map(start).join('\n')}
for _ in ${processes.map(({ name }) => name).join(' ')}; do
  read -r -t 60 -u 8 name || { echo "not ready: $(tail -n 20 /run/job/stderr)"; exit 3; }
done`;
  return ['mkfifo /run/ready', 'exec 8<>/run/ready', 'declare -A pids', ...stages.map(stage)].join('\n');
}

/** Status 0 when each client has the document, to the octet. */
function fetchAll(clients: readonly string[], url: string, rate: string, meanwhile: string): string {
  const curl = `curl -s -S --fail --max-time 300 --limit-rate ${rate} "${url}" -o`;
  const fetch = (name: string): string =>
    `nsenter --net=/run/netns/${name} ${curl} /tmp/${name} & fetching+=($!)`;
  return `crash() { kill -KILL "\${pids[$1]}"; wait "\${pids[$1]}" 2>/dev/null || true; unset "pids[$1]"; }
also() {
  (sleep "$2"; nsenter --net=/run/netns/"$1" ${curl} /tmp/"$1-$2"; cmp /tmp/"$1-$2" ${root}/${document}) & fetching+=($!)
}
fetching=()
status=0
${clients.map(fetch).join('\n')}
${meanwhile}
for one in "\${fetching[@]}"; do wait "$one" || { echo "curl ended with $?"; status=1; }; done
for name in ${clients.join(' ')}; do cmp /tmp/"$name" ${root}/${document} || status=1; done
# Of the devices of that machine the tunnels and the loopback device are not links; their names are the recipes'.
nsenter --net=/run/netns/node1 awk '!/^ *(lo|tha|tmem[0-9]*|ip6tnl0|sit0):/ && NR > 2 { sub(/.*:/, ""); sum += $9 } END { printf "%d\\n", sum }' /proc/net/dev >/run/job/octets
stat -L -c %s ${root}/${document} >>/run/job/octets
sleep 5`;
}

/** The contact node, which the others need to the last, was started last. */
function endAll(daemons: readonly LabProcess[]): string {
  const names = daemons.map(({ name }) => name).join(' ');
  return `for name in ${names}; do [ -n "\${pids[$name]:-}" ] || continue; kill -TERM "\${pids[$name]}"; wait "\${pids[$name]}" || status=1; done
exit $status`;
}
