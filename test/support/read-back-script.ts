import { ipBatch, preamble, READ_BACK_FOLDER, shapedNames, tcBatch } from '../../topologies/batches.ts';
import type { Topology } from '../../topologies/topology.ts';

/**
 * A bash fragment that reads the network back into `readBackTo` once more, to see that it is still what it was;
 * `provisionScript` has already left there what it built.
 */
export function readBackScript(topology: Topology, readBackTo = READ_BACK_FOLDER): string {
  const steps = [
    preamble(topology, readBackTo),
    ...topology.nodes.map(({ name }) => ipBatch(name, [], readBackTo)),
    ...shapedNames(topology).map((name) => tcBatch(topology, name, [], readBackTo)),
  ];
  return `${steps.join('\n')}\n`;
}
