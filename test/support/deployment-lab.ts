import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { LabRun } from '../../runner/lab/boot.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { type WideAreaOptions, wideAreaNetwork } from '../../topologies/wide-area.ts';
import { runInLab } from './lab.ts';
import { readUnit } from './unit-file.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const network: WideAreaOptions = {
  ...{ members: 3, sites: 3, contactAddresses: 1, clients: 1, clientSites: 1, plainClients: 0 },
  latencies: Object.entries({ S1S2: 30, S1S3: 45, S2S3: 25, C1S1: 20, C1S2: 40, C1S3: 35 }).map(
    ([pair, delayMs]) => ({
      from: pair.slice(0, 2),
      to: pair.slice(2),
      delayMs,
    }),
  ),
};
export const servicePort = 8080;
/** No user of the machine's: the programs run as it, with the units' capabilities and nothing else. */
const USER = 4711;
export const { topology, roles } = wideAreaNetwork(network);
const [contact] = roles.contactAddresses;
export const contactAddress = contact!.address;
export const members = roles.members.map(({ name }) => name);
export const homeAgent = contact!.homeAgent.name;
export const addressOf = (name: string): string =>
  [...roles.members, ...roles.gateways].find((one) => one.name === name)!.address;

/** The plan of the server that the tests deploy, made from the network as an administrator would make it. */
export const plan = {
  members: Object.fromEntries(roles.members.map(({ name, address }) => [name, address])),
  homeAgents: { [homeAgent]: { address: contact!.homeAgent.address, prefix: contact!.homePrefix } },
  contacts: [{ address: contactAddress, homeAgent, contactNode: 'node1', trusted: ['node1', 'node2'] }],
  settings: {
    servicePort,
    application: {
      kind: 'download',
      firstBytes: 100_000,
      acceptor: 'policy',
      variant: 'drain+advance-rr',
      waitMs: 0,
    },
    membership: { acceptorPolicy: 'least-clients' },
  },
};

/** A folder of configurations, on which commands of `handoff-lab` work; `copy` keeps them as they are then, under a name. */
export class Configurations implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'handoff-lab-deploy-'));
  readonly #copies = new Map<string, string>();

  /** Runs `bin/handoff-lab`; throws when it does not end with `status`. */
  command(words: readonly string[], status = 0): { readonly stdout: string; readonly stderr: string } {
    const run = spawnSync(join(root, 'bin/handoff-lab'), words, {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: 120_000,
    });
    if (run.status !== status)
      throw new Error(`${words.join(' ')} ended with ${run.status}: ${run.stdout}${run.stderr}`);
    return run;
  }

  write(name: string, content: unknown): void {
    writeFileSync(join(this.folder, name), JSON.stringify(content));
  }

  read(name: string): Record<string, unknown> {
    return JSON.parse(readFileSync(join(this.folder, name), 'utf8'));
  }

  copy(name: string): void {
    for (const host of [homeAgent, ...members])
      this.#copies.set(
        `sets/${name}/${host}.json`,
        readFileSync(join(this.folder, `group/${host}.json`), 'utf8'),
      );
  }

  get files(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#copies);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}

export const programOf = (host: string): string =>
  host === homeAgent ? 'home-agent' : host.startsWith('node') ? 'member' : 'correspondent-node';

/**
 * Hosts of a server in the lab kernel, each with the packet filter of deploy/nftables/ and its program as its unit starts it. In `body`:
 * `bring SET` puts configurations to their hosts, `start HOST` waits until the program has told its service manager that it is ready (`launch HOST` does not, `told HOST TEXT` waits for whatever
 * it tells), `reload HOST`, `stop HOST`; `status HOST WORDS…`, `ask HOST PATH`; `download NAME BYTES`.
 */
export async function runDeployment(
  body: string,
  configurations: Configurations,
  change: (filter: string, host: string) => string = (same) => same,
): Promise<LabRun & { readonly folder: string; text(name: string): Promise<string> } & AsyncDisposable> {
  const hosts = [homeAgent, ...members, 'client1'];
  const filters = Object.fromEntries(
    hosts.map((host) => [`filters/${host}.nft`, change(filterOf(host), host)]),
  );
  const lab = await runInLab({
    body: [
      provisionScript(topology),
      functions(hosts),
      body,
      `for host in client1 node3 node2 node1 ${homeAgent}; do stop $host; done`,
    ].join('\n'),
    programs: {
      ...nodeEntryPoints,
      status: fileURLToPath(new URL('../deploy-lab/guest/status.ts', import.meta.url)),
    },
    files: {
      ...configurations.files,
      ...filters,
      'service-manager.pl': readFileSync(
        new URL('../deploy-lab/guest/service-manager.pl', import.meta.url),
        'utf8',
      ),
      'client1.json': JSON.stringify({ observe: {} }),
      'node_modules/prom-client/index.js': await promClient(),
    },
    virtualTimeoutS: 3600,
  });
  return Object.assign(lab, {
    text: (name: string) => readFile(join(lab.folder, name), 'utf8').catch(() => ''),
  });
}

/** As npm has it; a lab sees no checkout that others may not read. */
async function promClient(): Promise<string> {
  const { outputFiles } = await build({
    ...{
      entryPoints: ['prom-client'],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
      absWorkingDir: root,
    },
  });
  return outputFiles[0]!.text;
}

export function filterOf(host: string): string {
  const kind = { member: 'member', 'home-agent': 'home-agent', 'correspondent-node': 'client' }[
    programOf(host)
  ];
  const define = (text: string, name: string, value: string): string =>
    text.replace(new RegExp(`^define ${name} = .*$`, 'm'), `define ${name} = ${value}`);
  let text = readFileSync(join(root, `deploy/nftables/${kind}.nft`), 'utf8');
  text = define(text, 'members', `{ ${roles.members.map(({ address }) => address).join(', ')} }`);
  text = define(text, 'home_agents', `{ ${contact!.homeAgent.address} }`);
  text = define(text, 'contact_addresses', `{ ${contactAddress} }`);
  return define(text, 'home_link', contact!.homePrefix);
}

/** A service manager's work by hand: user, capabilities, notification socket, ExecStart and ExecReload as the units have them. */
function functions(hosts: readonly string[]): string {
  const starts = hosts.map((host) => {
    const { execStart, capabilities, settings } = readUnit(programOf(host));
    const [, program, ...words] = execStart;
    const set = capabilities.map((one) => `+${one.replace('CAP_', '').toLowerCase()}`).join(',');
    const line = words
      .map((word) =>
        word
          .replace('/etc/handoff-lab', `/tmp/${host}/etc`)
          .replace('/var/lib/handoff-lab', `/tmp/${host}/state`),
      )
      .join(' ');
    const privileges = `--reuid ${USER} --regid ${USER} --clear-groups --inh-caps=-all,${set} --ambient-caps=-all,${set} --bounding-set=-all,${set}`;
    const noNew = settings.get('NoNewPrivileges') === 'yes' ? '--no-new-privs' : '';
    return `${host}) program=${program}; privileges='${privileges} ${noNew}'; words='${line}' ;;`;
  });
  return `declare -A pids managers
# The job's folder is the lab's root's alone.
cp -r /run/job/node_modules /tmp/node_modules
export NODE_PATH=/tmp/node_modules
on() { local name=$1; shift; nsenter --net=/run/netns/"$name" "$@"; }
for host in ${hosts.join(' ')}; do
  install -d -o ${USER} -m 0700 /tmp/$host/etc /tmp/$host/state
  chmod 0755 /tmp/$host
  on $host nft -f /run/job/filters/$host.nft
  perl /run/job/service-manager.pl /tmp/$host/notify /run/job/$host.notified &
  managers[$host]=$!
done
install -o ${USER} -m 0600 /run/job/client1.json /tmp/client1/etc/correspondent-node.json
bring() { # set
  local host
  for host in ${members.join(' ')}; do install -o ${USER} -m 0600 /run/job/sets/$1/$host.json /tmp/$host/etc/member.json; done
  install -o ${USER} -m 0600 /run/job/sets/$1/${homeAgent}.json /tmp/${homeAgent}/etc/home-agent.json
}
told() { # host text: waits until the program has said so
  local i
  for ((i = 0; i < 600; i++)); do
    if tail -n +"$(( \${seen[$1]:-0} + 1 ))" /run/job/$1.notified | grep -q "$2"; then
      seen[$1]=$(wc -l </run/job/$1.notified)
      return
    fi
    sleep 0.1
  done
  echo "$1 has not told $2; $(cat /run/job/$1.notified) $(tail -n 5 /run/job/$1.log)" >&2
  exit 3
}
declare -A seen
launch() { # host
  local program privileges words
  case $1 in ${starts.join(' ')} *) echo "no host $1" >&2; return 1 ;; esac
  # Not by a function: its shell would get the signals.
  nsenter --net=/run/netns/$1 setpriv $privileges env -u HANDOFF_LAB NOTIFY_SOCKET=/tmp/$1/notify \\
    $NODE /run/lab/nodes/$program.cjs --node $1 $words 2>>/run/job/$1.log &
  pids[$1]=$!
}
start() { launch $1; told $1 '^READY=1'; }
reload() { local MAINPID=\${pids[$1]}; ${readUnit('member').execReload}; told $1 '^READY=1'; }
stop() { [ -z "\${pids[$1]:-}" ] || { kill -TERM "\${pids[$1]}"; wait "\${pids[$1]}" || echo "$1 ended with $?"; pids[$1]=; }; }
configuration() { case $1 in ${homeAgent}) echo /tmp/$1/etc/home-agent.json ;; client*) echo /tmp/$1/etc/correspondent-node.json ;; *) echo /tmp/$1/etc/member.json ;; esac; }
status() { local host=$1; shift; on $host $NODE /run/lab/nodes/status.cjs "$(configuration $host)" "$@"; }
ask() { on $1 curl --silent --show-error --max-time 5 "http://[::1]:9470$2"; }
download() { # name bytes
  echo '{"server":"${contactAddress}","port":${servicePort},"bytes":'"$2"',"periodMs":1,"phasesMs":[0],"receiveLowWater":0,"receiveWindow":16384,"timeoutMs":10000,"lingerMs":2000}' >/run/job/$1.json
  on client1 $NODE /run/lab/nodes/download-client.cjs --node $1 --config /run/job/$1.json --events /run/job/$1.jsonl || true
}`;
}
