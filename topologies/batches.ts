import { IP_QUESTIONS, tcQuestions } from './read-facts.ts';
import { isShaped } from './shaping.ts';
import type { Topology } from './topology.ts';

/** Where the lab finds what the kernel made of a network. */
export const READ_BACK_FOLDER = '/run/job/network';

/** A network that could not be built or read ends the lab with this status (`the lab could not start`). */
const EXIT_NOT_STARTED = 3;

/** In the folder: what the kernel itself said of a machine, in netlink (told-by-kernel.ts). */
export function dumpName(node: string): string {
  return `${node}.dump`;
}

/** The start of a fragment: what a failing step calls. */
export function heading(topology: Topology): string {
  return [
    `# --- network ${topology.name}`,
    `network_failed() { echo "network ${topology.name}: $1 failed" >&2; exit ${EXIT_NOT_STARTED}; }`,
  ].join('\n');
}

/** The same with the folders, where no builder makes them. */
export function preamble(topology: Topology, readBackTo: string): string {
  return [heading(topology), `mkdir -p /run/netns ${readBackTo} || network_failed 'making folders'`].join(
    '\n',
  );
}

/** One `ip` in a machine's namespace: runs `lines`, then reads back into `<node>.ip.json`. */
export function ipBatch(node: string, lines: readonly string[], readBackTo: string): string {
  return batch(
    `ip -n ${node} -6 -j -batch - >${readBackTo}/${node}.ip.json`,
    [...lines, ...IP_QUESTIONS],
    `addressing ${node}`,
  );
}

/** One `tc` in a machine's namespace: runs `lines`, then reads back into `<node>.tc.json`. */
export function tcBatch(
  topology: Topology,
  node: string,
  lines: readonly string[],
  readBackTo: string,
): string {
  return batch(
    `tc -n ${node} -j -r -batch - >${readBackTo}/${node}.tc.json`,
    [...lines, ...tcQuestions(topology, node)],
    `shaping ${node}`,
  );
}

/** A command that takes `lines` on its standard input; its failure ends the lab with the name of the step. */
export function batch(command: string, lines: readonly string[], step: string): string {
  return `${command} <<'LINES' || network_failed '${step}'\n${lines.join('\n')}\nLINES`;
}

/** The machines for which tc has anything to do. */
export function shapedNames(topology: Topology): readonly string[] {
  return topology.nodes.map((node) => node.name).filter((name) => isShaped(topology, name));
}
