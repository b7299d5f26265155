import { FIG9_DEFAULTS, fig9 } from './fig9.ts';
import { PAIR_DEFAULTS, pair } from './pair.ts';
import type { Topology } from './topology.ts';
import { type Problem, TopologyError } from './topology-error.ts';
import { WIDE_AREA_DEFAULTS, wideArea, wideAreaParameters } from './wide-area.ts';

/** A network that can be asked for by name. */
export interface TopologyEntry {
  readonly name: string;
  readonly description: string;
  /** parameters by name with their defaults; the unit is the name's suffix */
  readonly defaults: Readonly<Record<string, number>>;
  /** Throws TopologyError on an unknown parameter or a network that cannot be. */
  readonly build: (parameters?: Readonly<Record<string, number>>) => Topology;
  /** true: a default may depend on what is given, so that only `complete` knows it */
  readonly dependent: boolean;
  /** All parameters of the network that `build` makes. */
  readonly complete: (parameters?: Readonly<Record<string, number>>) => Readonly<Record<string, number>>;
}

/** A network as one's own file describes it: its defaults stand for themselves. */
export type OwnTopology = Omit<TopologyEntry, 'complete' | 'dependent'>;

/** All networks by name. */
export const topologies: Readonly<Record<string, TopologyEntry>> = {
  fig9: entry(
    'fig9',
    'the paper’s testbed (Fig. 9): client, router, two home agents, two nodes',
    { ...FIG9_DEFAULTS },
    fig9,
  ),
  pair: entry('pair', 'client and server at the two ends of an asymmetric line', { ...PAIR_DEFAULTS }, pair),
  'wide-area': entry(
    'wide-area',
    'members, contact addresses and clients over sites with seeded latencies: counts of your own',
    { ...WIDE_AREA_DEFAULTS },
    wideArea,
    (given) => ({ ...wideAreaParameters(given) }),
  ),
};

/** Of files of the user's own, as far as they were loaded. */
const added = new Map<string, TopologyEntry>();

/** Makes a network from elsewhere known to `topologyByName`; what its parameters are is looked at as that of ours is. */
export function addTopology({ name, description, defaults, build }: OwnTopology): void {
  added.set(name, entry(name, description, defaults, build));
}

/** The network of that name; throws TopologyError with the names there are. */
export function topologyByName(name: string): TopologyEntry {
  const found = Object.hasOwn(topologies, name) ? topologies[name] : added.get(name);
  if (found !== undefined) return found;
  const remedy = `there is no such topology: name one of ${Object.keys(topologies).join(', ')}, or a file: ./my-network.ts`;
  throw new TopologyError(name, [{ field: 'name', value: name, remedy }]);
}

function entry(
  name: string,
  description: string,
  defaults: Readonly<Record<string, number>>,
  build: (parameters: Readonly<Record<string, number>>) => Topology,
  complete?: (given: Readonly<Record<string, number>>) => Readonly<Record<string, number>>,
): TopologyEntry {
  const refuseUnknown = (parameters: Readonly<Record<string, number>>): void => {
    const unknown = Object.keys(parameters).filter((key) => !Object.hasOwn(defaults, key));
    const remedy = `no such parameter: set one of ${Object.keys(defaults).join(', ')}`;
    const problems = unknown.map((field): Problem => ({ field, value: parameters[field], remedy }));
    if (problems.length > 0) throw new TopologyError(name, problems);
  };
  return {
    name,
    description,
    defaults,
    build: (parameters = {}) => {
      refuseUnknown(parameters);
      return build(parameters);
    },
    dependent: complete !== undefined,
    complete: (parameters = {}) => complete?.(parameters) ?? { ...defaults, ...parameters },
  };
}
