import { provisionScript } from '../../topologies/provision.ts';
import { wideArea } from '../../topologies/wide-area.ts';
import { nodeFlags, snapLengths, startCapture, stopCapture } from '../lab-body.ts';
import { usualReadyS } from '../procedures/patience.ts';
import type { SoakPlan } from './plan.ts';

/** Virtual seconds after the daemons' end: connections whose other end is gone are given up, TIME-WAIT is over. */
const afterwardsS = 300;
/** Samples of memory in the time of a soak's visits: enough for a verdict on a short one too. */
const samples = 30;
const [mostOftenS, leastOftenS] = [2, 60] as const;

/** The bash body of a soak: network, capture, what the kernel holds before, everything under the conductor, what it holds after. */
export function soakBody(plan: SoakPlan): string {
  const filtered = plan.roles.clients.filter(({ kind }) => kind === 'filtered').map(({ name }) => name);
  return [
    provisionScript(wideArea(plan.network)),
    functions(plan.size.minutes),
    ...filtered.map((name) => `silence ${name}`),
    startCapture(snapLengths.headers, usualReadyS),
    'snapshot /run/job/kernel-before.txt',
    `sample_memory & sampler=$!`,
    conduct,
    `kill "$sampler" && wait "$sampler" || true`,
    `sleep ${afterwardsS}`,
    'snapshot /run/job/kernel-after.txt',
    stopCapture,
    'exit "$driver_status"',
  ].join('\n\n');
}

const conduct = `driver_status=0
nsenter --net=/run/netns/router /run/lab/node ${nodeFlags} /run/lab/nodes/conductor.cjs --node conductor \\
  --config /run/job/config/conductor.json --events /run/job/events/conductor.jsonl || driver_status=$?`;

/** A filtered client answers no Mobility Header, and nobody else does for it. */
const functions = (minutes: number): string => `export UV_THREADPOOL_SIZE=1
mkfifo /run/captured
exec 9<>/run/captured
mkdir -p /run/job/events
silence() { # machine
  nsenter --net=/run/netns/"$1" nft 'table ip6 silent { chain in { type filter hook input priority 0; ip6 nexthdr 135 drop; }; }'
}
# What a daemon may leave behind, machine by machine.
snapshot() { # file
  local machine
  for machine in /run/netns/*; do
    echo "machine \${machine##*/}"
    nsenter --net="$machine" ip -6 -batch - <<'END'
address show
rule show
route show table all
link show type ip6tnl
xfrm state
xfrm policy
END
    nsenter --net="$machine" nft list ruleset
    nsenter --net="$machine" ss -H -n -a -t -u -w
  done >"$1"
}
# One line for each process of ours and one for the kernel: time, name, process, kilobytes, open descriptors.
sample_memory() {
  local folder key value arguments name index line open
  while :; do
    line=$(date +%s%N)
    for folder in /proc/[0-9]*; do
      mapfile -d '' arguments 2>/dev/null <"$folder"/cmdline || continue
      [ "\${arguments[0]:-}" = /run/lab/node ] || continue
      for ((index = 1; index < \${#arguments[@]}; index++)); do
        [ "\${arguments[index]}" != --node ] || name=\${arguments[index + 1]}
      done
      open=("$folder"/fd/*)
      while read -r key value _; do
        [ "$key" != VmRSS: ] || echo "$line process $name \${folder##*/} $value \${#open[@]}"
      done 2>/dev/null <"$folder"/status || true
    done
    while read -r key value _; do
      case $key in MemFree: | Slab: | SUnreclaim: | Shmem:) echo "$line kernel \${key%:} 0 $value" ;; esac
    done </proc/meminfo
    read -r -t ${Math.min(leastOftenS, Math.max(mostOftenS, Math.round((60 * minutes) / samples)))} _ <>/run/never || true
  done >>/run/job/memory.txt
}
mkfifo /run/never`;
