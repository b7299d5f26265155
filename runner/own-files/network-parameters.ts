import type { ParameterSpec } from '../../experiments/experiment.ts';
import { serverParameters } from '../../experiments/server-experiment.ts';
import type { TopologyEntry } from '../../topologies/index.ts';

/** The network itself says what it cannot be with. */
const LARGEST = 1e9;

/**
 * What `--set` and the grid may name where an experiment with a server of one's own says nothing of parameters: those of its network. One whose
 * default depends on the others has none here, so that the network completes what is set.
 */
export function serverParametersOn({
  name: network,
  defaults,
  dependent,
}: TopologyEntry): Readonly<Record<string, ParameterSpec>> {
  if (network === 'fig9') return serverParameters;
  return Object.fromEntries(
    Object.entries(defaults).map(([name, usual]): [string, ParameterSpec] => [
      name,
      {
        description: `of the network ${network}${dependent ? `; ${usual} where nothing else is set` : ''}`,
        ...(dependent ? {} : { default: usual }),
        min: Math.min(0, usual),
        max: Math.max(LARGEST, usual),
      },
    ]),
  );
}
