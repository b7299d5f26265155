import { mininetNetwork } from '../topologies/mininet-network.ts';
import { provisionScript } from '../topologies/provision.ts';
import { checkChanges, networkChanges } from './network-changes.ts';
import { readySeconds } from './procedures/patience.ts';
import type { LabPlan, LabProcess } from './procedures/procedure.ts';
import { quoted, replacementFunctions, startReplacement } from './replacement-body.ts';

/** Octets of each packet that a capture keeps: every signalling message whole, of data the headers. SLL2 adds 20 in front. */
export const snapLengths = { headers: 256 + 20, full: 65535 } as const;
export type CaptureMode = 'headers' | 'full' | 'none';

/**
 * The bash body that a lab runs for one cell: network, read-back, capture, daemons, driver, orderly end.
 * Everything that is waited for is observed: a line in a FIFO, the end of a process.
 */
export function labBody(plan: LabPlan, capture: CaptureMode): string {
  const readyS = readySeconds(plan.topology);
  const parts = [
    networkOf(plan, readyS),
    functions(readyS),
    ...preparations(plan),
    capture === 'none' ? '' : startCapture(snapLengths[capture], readyS),
    replacementFunctions(plan.daemons.flat(), readyS, notMeasured),
    ...stages(plan),
    runDriver(plan.driver, readyS),
    'stop_nodes',
    capture === 'none' ? '' : stopCapture,
    ...checkChanges(plan.topology, notMeasured),
    plan.builder === 'mininet' ? endMininet : '',
    'exit "$driver_status"',
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** In the job folder: what Mininet runs. */
export const holderFile = 'hold-network.py';

function networkOf({ topology, builder }: LabPlan, readyS: number): string {
  if (builder === undefined) return provisionScript(topology);
  const bridge = `/run/lab/node ${nodeFlags} /run/lab/nodes/mininet-bridge.cjs`;
  return mininetNetwork(topology, `${bridge} --script /run/job/${holderFile} --ready /run/mininet`, readyS);
}

/**
 * What saves Node system calls and page faults, which are dear in the lab. One processor has no use for helper threads: they
 * cost their start and a switch per task. The memory reducer collects garbage between sessions and throws compiled code
 * away with it. None of these words may be one by which V8 compiles otherwise (`--single-threaded` is, `--no-regexp-optimization` is): it then takes none of
 * the compiled code that Node has of its own modules, and compiles each of them anew.
 */
export const nodeFlags =
  '--single-threaded-gc --no-concurrent-recompilation --v8-pool-size=1 --no-memory-reducer';
/** Threads for blocking calls in each process, where one makes such calls at all. */
const blockingThreads = 1;

/** Status of a lab that did not do its part; 1 is the driver's word that a repetition failed. */
const notMeasured = 3;

/** Of a process that SIGKILL ended, as bash has it. */
const killedStatus = 137;

/** Part of what the lab says when one does not. */
export const notReady = 'not every node became ready';

const functions = (readyS: number): string => `# --- processes
export UV_THREADPOOL_SIZE=${blockingThreads}
mkfifo /run/ready /run/captured
exec 8<>/run/ready 9<>/run/captured
mkdir -p /run/job/events
pids=()
declare -A also_good=() # process → a status besides 0 with which it may end
start() { # host name command…
  local host=$1 name=$2
  shift 2
  nsenter --net=/run/netns/"$host" "$@" --node "$name" --config /run/job/config/"$name".json \\
    --events /run/job/events/"$name".jsonl --ready /run/ready 2>/run/job/events/"$name".stderr &
  pids+=($!)
}
await_ready() { # count
  local name
  for ((i = 0; i < $1; i++)); do
    read -r -t ${readyS} -u 8 name || { echo "${notReady}; see events/*.stderr" >&2; exit ${notMeasured}; }
  done
}
stop_nodes() { # in reverse order of start
  local status
  for ((i = \${#pids[@]} - 1; i >= 0; i--)); do
    kill -TERM "\${pids[i]}" 2>/dev/null || true
    status=0
    wait "\${pids[i]}" || status=$?
    [ "$status" = 0 ] || [ "$status" = "\${also_good[\${pids[i]}]:-0}" ] || {
      echo "a node ended with status $status" >&2
      driver_status=${notMeasured}
    }
  done
}`;

/** The part of the body that a lab with someone at a prompt has too: all daemons run. */
export function serverBody(plan: LabPlan): string {
  return [functions(readySeconds(plan.topology)), ...preparations(plan), ...stages(plan)].join('\n\n');
}

/** Nothing where a plan asks for nothing: its body, too, is part of a cell's fingerprint. */
function preparations({ hostNames, fifos, shownFolder, topology }: LabPlan): readonly string[] {
  return [
    ...(hostNames === undefined ? [] : ['mount --bind /run/job/hosts /etc/hosts']),
    ...networkChanges(topology),
    ...(shownFolder === undefined ? [] : [showFolder(shownFolder)]),
    ...(fifos === undefined || fifos.length === 0
      ? []
      : fifos.map((fifo) => `mkdir -p "$(dirname ${fifo})" && mkfifo ${fifo}`)),
  ];
}

/** What stands below a folder that the lab has of its own (/tmp, /run) is hidden by it. */
function showFolder(folder: string): string {
  const name = quoted(folder);
  return `[ -d ${name} ] || { mkdir -p ${name} && mount -t hostfs -o ro,${name} none ${name}; }`;
}

function stages({ daemons }: LabPlan): readonly string[] {
  return daemons.filter((stage) => stage.length > 0).map(startStage);
}

function startStage(stage: readonly LabProcess[]): string {
  const silent = stage.filter(({ replacement }) => replacement?.saysReady === false);
  return [
    ...stage.map(start),
    `await_ready ${stage.length - silent.length}`,
    ...silent.map(({ host, name }) => `await_mobility_socket ${host} ${name}`),
  ].join('\n');
}

function start(process: LabProcess): string {
  const { host, name, program } = process;
  if (process.replacement !== undefined) return startReplacement(process, process.replacement);
  const line = `start ${host} ${name} /run/lab/node ${nodeFlags} /run/lab/nodes/${program}.cjs`;
  return process.mayBeKilled === true ? `${line}\nalso_good[$!]=${killedStatus}` : line;
}

/** tcpdump writes into memory: a file on the host's file system would cost a system call of the host per block. */
export function startCapture(snapLength: number, readyS: number): string {
  return `# --- capture
nsenter --net=/run/netns/router tcpdump -i any -n -Z root --time-stamp-precision=nano -s ${snapLength} -B 16384 \\
  -w /tmp/router.pcap ip6 2>/run/captured &
capture=$!
while read -r -t ${readyS} -u 9 line; do case $line in *"listening on"*) break ;; esac; done`;
}

function runDriver(driver: LabProcess, readyS: number): string {
  return `# --- driver
${start(driver)}
driver=$!
unset 'pids[-1]'
read -r -t ${readyS} -u 8 _
driver_status=0
wait "$driver" || driver_status=$?`;
}

const endMininet = `# --- end of Mininet
kill -TERM "$mininet"
wait "$mininet" || { echo 'Mininet did not end in good order' >&2; driver_status=${notMeasured}; }`;

/** Ends of connections whose other end is gone are retransmitted, at growing intervals: none longer than this is waited for. */
const longestTailS = 120;

/**
 * The kernel hands a block of packets to tcpdump when it is full, or after one second. What came later is still with the kernel,
 * and would be lost: tcpdump is asked for its counts (SIGUSR1) until it has everything that the kernel has counted. The counts
 * that it ends with then tell whether the file is complete.
 */
export const stopCapture = `# --- end of capture
read_counts() { # from tcpdump: one line when it was asked for them, three when it ends
  local line all=''
  captured='' received='' dropped=''
  while read -r -t 1 -u 9 line; do
    all="$all $line"
    [[ $all =~ ([0-9]+)' packet's?' captured'.*' '([0-9]+)' packet's?' received by filter'.*' '([0-9]+)' packet's?' dropped by kernel' ]] || continue
    captured=\${BASH_REMATCH[1]} received=\${BASH_REMATCH[2]} dropped=\${BASH_REMATCH[3]}
    break
  done
}
for ((i = 0; i < ${longestTailS / 2}; i++)); do
  sleep 2
  kill -USR1 "$capture" 2>/dev/null || break # it has ended by itself: the disk is full
  read_counts
  [ -z "$captured" ] || [ "$captured" != "$received" ] || break
done
kill -TERM "$capture" 2>/dev/null || true
capture_status=0
wait "$capture" || capture_status=$?
read_counts
if [ "$capture_status" != 0 ] || [ "$captured" != "$received" ] || [ "$dropped" != 0 ]; then
  echo "capture incomplete: $captured captured, $received received, $dropped dropped" >&2
  driver_status=${notMeasured}
fi
cat /tmp/router.pcap > /run/job/router.pcap || {
  echo 'capture incomplete: it cannot be written to the job folder' >&2
  driver_status=${notMeasured}
}`;
