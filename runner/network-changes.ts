import { changesOf, resetLines } from '../topologies/changes.ts';
import type { Topology } from '../topologies/topology.ts';

/** Gets a line at the start of each repetition. */
export const changesFifo = '/run/network-changes';
const failed = '/run/network-change-failed';

/** Bash that changes the network in the course of each repetition: none where it stays as it is. */
export function networkChanges(topology: Topology): readonly string[] {
  const changes = changesOf(topology);
  if (changes.length === 0) return [];
  const sleeps = changes.map(({ ms }, index) => (ms - (changes[index - 1]?.ms ?? 0)) / 1000);
  const timeline = changes.flatMap(({ lines }, index) => [`  sleep ${sleeps[index]}`, ...lines.map(tcLine)]);
  return [
    `# --- a network that changes
mkfifo ${changesFifo}
exec 6<>${changesFifo}
change() { # machine, tc's words: a link that is not as asked for is a wrong result
  local machine=$1
  shift
  tc -n "$machine" "$@" || { echo "network change failed: $machine: tc $*" >&2; : >${failed}; }
}
reset_network() {
${resetLines(topology).map(tcLine).join('\n')}
}
change_network() {
${timeline.join('\n')}
}
follow_repetitions() {
  local changing=''
  while read -r -u 6 _; do
    [ -z "$changing" ] || kill "$changing" 2>/dev/null || true
    reset_network
    change_network &
    changing=$!
  done
}
follow_repetitions &`,
  ];
}

/** Bash behind the last repetition. */
export function checkChanges(topology: Topology, status: number): readonly string[] {
  return changesOf(topology).length === 0 ? [] : [`[ ! -e ${failed} ] || driver_status=${status}`];
}

function tcLine({ node, line }: { readonly node: string; readonly line: string }): string {
  return `  change ${node} ${line}`;
}
