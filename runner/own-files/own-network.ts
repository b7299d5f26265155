import { suggestion } from '../../server/nearest-name.ts';
import {
  addTopology,
  type OwnTopology,
  type TopologyEntry,
  topologies,
  topologyByName,
} from '../../topologies/index.ts';
import type { Topology } from '../../topologies/topology.ts';
import { TopologyError } from '../../topologies/topology-error.ts';
import { checked } from '../../topologies/validate.ts';
import { UsageError } from '../usage-error.ts';
import { isOwnFile, loadOwn } from './load-module.ts';

const FORMS =
  "export a topology as the default: topology('mine').addHost(…) … .build(), or { defaults, build(parameters) } of one with parameters";
const EXAMPLE = 'examples/flapping-link.ts';

/** A network by its name, or from the file of one's own. Throws UsageError, TopologyError. */
export async function networkCalled(word: string, field = 'topology'): Promise<TopologyEntry> {
  return isOwnFile(word) ? loadNetwork(word, field) : topologyByName(word);
}

/** The network that is the default export of a file; from then on it is known by its name. Throws UsageError, TopologyError. */
export async function loadNetwork(path: string, field = 'topology'): Promise<TopologyEntry> {
  const loaded = await loadOwn(path, {
    field,
    what: 'a topology, or a name of `topology list`',
    example: EXAMPLE,
  });
  return registerNetwork(loaded, path, field);
}

/** The same of a value; `path`: where it comes from. */
export function registerNetwork(value: unknown, path: string, field: string): TopologyEntry {
  const entry = entryOf(value, path, field);
  if (Object.hasOwn(topologies, entry.name)) {
    const remedy = 'give it a name of its own';
    throw new UsageError(field, entry.name, `in ${path} is the name of one of ours`, remedy);
  }
  addTopology(entry);
  return topologyByName(entry.name);
}

function entryOf(value: unknown, path: string, field: string): OwnTopology {
  if (value === undefined) throw new UsageError(field, path, 'has no default export', FORMS);
  if (typeof value !== 'object' || value === null)
    throw new UsageError(field, path, `exports no topology (${typeof value})`, FORMS);
  if ('nodes' in value) return fixed(checked(value as Topology));
  const known = ['name', 'description', 'defaults', 'build'];
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const better = suggestion(key, known) || `; there are: ${known.join(', ')}`;
    throw new UsageError(field, key, `in ${path} is no field of a topology${better}`, FORMS);
  }
  const { defaults, build, description = `of ${path}` } = value as Partial<OwnTopology>;
  if (typeof build !== 'function')
    throw new UsageError(field, path, 'has no function build(parameters)', FORMS);
  for (const [name, usual] of Object.entries(defaults ?? {}))
    if (!Number.isFinite(usual)) {
      const remedy = 'give each parameter a number, in the unit that its name ends with';
      throw new UsageError(`${field}: defaults.${name}`, String(usual), `in ${path} is no number`, remedy);
    }
  const built = (parameters: Readonly<Record<string, number>>): Topology => {
    try {
      return checked(build({ ...defaults, ...parameters }));
    } catch (error) {
      if (error instanceof TopologyError) throw error;
      throw new UsageError(field, path, `has a build(parameters) that throws ${String(error)}`, FORMS);
    }
  };
  const { name } = built({});
  return { name, description, defaults: defaults ?? {}, build: (parameters = {}) => built(parameters) };
}

/** One without parameters. */
function fixed(topology: Topology): OwnTopology {
  return { name: topology.name, description: 'of one’s own', defaults: {}, build: () => topology };
}
