import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fig12 from '../../experiments/fig12.ts';
import { type Cell, cellsOf } from '../../runner/cells.ts';
import type { LabRun } from '../../runner/lab/boot.ts';
import { nodeEntryPoints } from '../../runner/node-entry-points.ts';
import { downloadHandoff } from '../../runner/procedures/download-handoff.ts';
import type { LabPlan, LabProcess } from '../../runner/procedures/procedure.ts';
import { provisionScript } from '../../topologies/provision.ts';
import { runInLab } from './lab.ts';
import { startCapture, stopCapture } from './network-lab.ts';

/** The testbed of Fig. 9 with all daemons configured, none started: a test's script does what it wants with them. */
export interface MobilityTestbed {
  /**
   * lines of bash, after the network is there. `start NAME` starts a daemon (`correspondent-node`, `ha1`, `ha2`, `node1`,
   * `node2`), `ready COUNT` waits until so many serve, `start_all` does both for all; `finish NAME` ends one by SIGTERM, `crash
   * NAME` by SIGKILL; `download CONFIG` runs the download client; `on MACHINE COMMAND…` runs a command on a machine; `kernel_state
   * FOLDER` writes what the kernel holds on each machine.
   */
  readonly body: string;
  /** one-way latencies, ms, and other parameters of the experiment */
  readonly settings?: Readonly<Record<string, readonly number[]>>;
  readonly variant?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly programs?: Readonly<Record<string, string>>;
  /** record every packet at this machine, whole, in `capture.pcap`; `true`: at the router */
  readonly capture?: true | 'ha1';
  readonly virtualTimeoutS?: number;
  /** changes a daemon's configuration */
  readonly configure?: (process: LabProcess) => unknown;
}

export type MobilityTestbedRun = LabRun & {
  readonly folder: string;
  /** the events that a process logged, in order; none when it never started */
  events(name: string): Promise<LoggedEvent[]>;
  file(name: string): Promise<string>;
} & AsyncDisposable;

export type LoggedEvent = { readonly event: string } & Readonly<Record<string, string | number | boolean>>;

/** Runs it; the caller's block removes the folder (`await using`). */
export async function runMobilityTestbed(testbed: MobilityTestbed): Promise<MobilityTestbedRun> {
  const plan = planOf(testbed);
  const { configure = (process) => process.config } = testbed;
  const daemons = plan.daemons.flat();
  const configs = [...daemons, plan.driver].map((process) => [`${process.name}.json`, configure(process)]);
  const body = [
    provisionScript(plan.topology),
    functions(daemons),
    testbed.capture === undefined ? '' : startCapture(testbed.capture === true ? 'router' : testbed.capture),
    testbed.body,
    testbed.capture === undefined ? '' : stopCapture,
  ];
  const lab = await runInLab({
    body: body.join('\n'),
    programs: { ...nodeEntryPoints, ...testbed.programs },
    files: {
      ...Object.fromEntries(configs.map(([name, config]) => [name, JSON.stringify(config)])),
      ...testbed.files,
    },
    virtualTimeoutS: testbed.virtualTimeoutS ?? 3600,
  });
  const file = (name: string) => readFile(join(lab.folder, name), 'utf8');
  const events = async (name: string): Promise<LoggedEvent[]> => {
    const text = await file(`${name}.jsonl`).catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  return Object.assign(lab, { events, file });
}

/** A cell of Fig. 12 as the runner would run it. */
export function fig12Cell(settings: Readonly<Record<string, readonly number[]>>, variant = 'drain'): Cell {
  const selection = { profile: 'smoke', clock: 'virtual', seed: 7, repetitions: 1 } as const;
  return cellsOf(fig12, { ...selection, settings, variants: [variant] })[0]!;
}

function planOf({ settings = { csMs: [10], ssMs: [10] }, variant }: MobilityTestbed): LabPlan {
  return downloadHandoff(fig12Cell(settings, variant));
}

/** What tests change in the download client's configuration: `bytes`, and when it starts, in the next second. */
export function downloadConfig(
  testbed: Pick<MobilityTestbed, 'settings'>,
  changes: Record<string, unknown> = {},
): string {
  const { config } = planOf({ body: '', ...testbed }).driver;
  return JSON.stringify({ ...(config as object), periodMs: 1000, phasesMs: [0], ...changes });
}

function functions(daemons: readonly LabProcess[]): string {
  const table = daemons.map(({ name, host, program }) => `${name}) host=${host} program=${program} ;;`);
  return `mkfifo /run/ready
exec 8<>/run/ready
declare -A pids
on() { local name=$1; shift; nsenter --net=/run/netns/"$name" "$@"; }
start() { # name
  local host program
  case $1 in ${table.join(' ')} *) echo "no daemon $1" >&2; return 1 ;; esac
  nsenter --net=/run/netns/"$host" $NODE /run/lab/nodes/"$program".cjs --node "$1" --config /run/job/"$1".json --events /run/job/"$1".jsonl \\
    --ready /run/ready --state /run/job/"$1".state 2>>/run/job/"$1".stderr &
  pids[$1]=$!
}
ready() { # count
  local name
  for ((i = 0; i < $1; i++)); do
    read -r -t 60 -u 8 name || { echo "not ready; $(tail -n 20 /run/job/*.stderr)" >&2; exit 3; }
  done
}
start_all() {
  start correspondent-node; start ha1; start ha2; ready 3
  start node2; start node1; ready 2
}
finish() { kill -TERM "\${pids[$1]}"; wait "\${pids[$1]}"; }
crash() { kill -KILL "\${pids[$1]}"; wait "\${pids[$1]}" 2>/dev/null || true; }
finish_all() { local name; for name in node1 node2 ha2 ha1 correspondent-node; do finish "$name"; done; }
download() { # configuration
  on client $NODE /run/lab/nodes/download-client.cjs --node client --config "$1" --events /run/job/client.jsonl
}
kernel_state() { # folder
  local name
  mkdir -p "$1"
  for name in client router ha1 ha2 node1 node2; do
    {
      ip -n "$name" xfrm state; ip -n "$name" xfrm policy
      ip -n "$name" -o link | sed 's/ qdisc.*//'; ip -n "$name" -6 -o addr | sed 's/ valid_lft.*//'
      ip -n "$name" -6 rule; ip -n "$name" -6 route show table all | sed 's/ expires [^ ]*//'
      on "$name" nft list ruleset
    } >"$1/$name"
  done
}`;
}
