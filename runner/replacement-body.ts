import type { LabProcess } from './procedures/procedure.ts';
import type { Replacement } from './procedures/replacement.ts';

/** Seconds that a replacement has to end in after SIGTERM; then SIGKILL. */
const endTimeoutS = 10;
/** Status of a process that SIGTERM ended: other implementations may leave the signal to the kernel. */
const terminated = 128 + 15;

/** The bash functions that start other implementations in the place of daemons; '' where there are none. */
export function replacementFunctions(
  daemons: readonly LabProcess[],
  readyTimeoutS: number,
  failure: number,
): string {
  const covered = daemons.flatMap(({ replacement }) => replacement?.covered ?? []);
  if (!daemons.some(({ replacement }) => replacement !== undefined)) return '';
  // A process group of its own, to end what the command has started too.
  return `# --- other implementations: they see this machine's files, not the lab's programs
machine='' on_machine=()
[ ! -d /host/etc ] || machine=/host on_machine=(chroot /host)
${[...new Set(covered)].map((folder) => uncover(folder, failure)).join('\n')}
keep_capture() { # of a lab that fails: what tcpdump has by then; the kernel hands it packets once a second
  [ -n "\${capture:-}" ] && [ ! -e /run/job/router.pcap ] || return 0
  sleep 2
  kill -TERM "$capture" && wait "$capture"
  cat /tmp/router.pcap >/run/job/router.pcap
}
trap 'status=$?; [ "$status" -le 1 ] || keep_capture 2>/dev/null || true; exit "$status"' EXIT
start_replacement() { # host name interface command
  HANDOFF_LAB_INTERFACE=$3 HANDOFF_LAB_NODE=$2 HANDOFF_LAB_CONFIG=/run/job/config/$2.json HANDOFF_LAB_EVENTS=/run/job/events/$2.jsonl HANDOFF_LAB_READY=/run/ready \\
    nsenter --net=/run/netns/"$1" timeout --kill-after=${endTimeoutS} 0 "\${on_machine[@]}" bash -c "$4" </dev/null >>/run/job/events/"$2".stderr 2>&1 &
  pids+=($!)
  also_good[$!]=${terminated}
}
await_mobility_socket() { # host name: a raw socket of protocol 135
  local pause=0.1 # for a second, then 1: each look costs two processes
  for ((i = 0; i < ${readyTimeoutS + 10}; i++)); do
    nsenter --net=/run/netns/"$1" grep -q '^ *[0-9]*: [0-9A-F]*:0087 ' /proc/net/raw6 && return
    sleep "$pause"
    [ "$i" -lt 9 ] || pause=1
  done
  echo "$2 opened no socket for Mobility Headers in ${readyTimeoutS} s; its output: $(tail -n 20 /run/job/events/"$2".stderr)" >&2
  exit ${failure}
}`;
}

/** The line that starts it; `host` is the namespace. */
export function startReplacement(
  { host, name }: LabProcess,
  { command, networkInterface }: Replacement,
): string {
  return `start_replacement ${host} ${name} ${networkInterface} ${quoted(command)}`;
}

/** The folder of the machine outside, read-only, over the lab's own. */
function uncover(folder: string, failure: number): string {
  const text = `${folder} cannot be shown in this lab: give the command another folder`;
  return `mkdir -p "$machine"${quoted(folder)}
mount -t hostfs -o ro,${quoted(folder)} none "$machine"${quoted(folder)} || { echo ${quoted(text)} >&2; exit ${failure}; }`;
}

/** As bash takes one word. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
