import { isIpv6 } from '../mip6/wire/address.ts';
import { instantsOf, networkAt } from './changes.ts';
import { type Topology, type TopologyNode, topologySchema } from './topology.ts';
import { type Problem, TopologyError } from './topology-error.ts';
import { linkProblems } from './validate-links.ts';
import { networkProblems } from './validate-network.ts';

/** Interfaces are called `<node>-eth<n>` and Linux names end at 15 characters: this leaves two digits for n. */
const LONGEST_NODE_NAME = 9;

/** Everything that is wrong with the data; empty for a network that can be built. */
export function validate(topology: Topology): readonly Problem[] {
  const shape = shapeProblems(topology);
  if (shape.length > 0) return shape;
  const local = [...nameProblems(topology), ...nodeProblems(topology), ...linkProblems(topology)];
  // Routes and queues can only be judged on a network whose parts make sense.
  if (local.length > 0) return local;
  const first = networkProblems(topology);
  if (first.length > 0) return first;
  // What a queue has to hold follows from the values that there are by then.
  return instantsOf(topology).flatMap((ms) =>
    networkProblems(networkAt(topology, ms)).map(({ field, ...problem }) => ({
      field: `from ${ms} ms on, ${field}`,
      ...problem,
    })),
  );
}

/** The topology itself; throws TopologyError with every problem it has. */
export function checked(topology: Topology): Topology {
  const problems = validate(topology);
  if (problems.length > 0) throw new TopologyError(topology.name, problems);
  return topology;
}

function shapeProblems(topology: Topology): readonly Problem[] {
  const issues = topologySchema.safeParse(topology).error?.issues ?? [];
  return issues.map(({ path, message }) => ({
    field: fieldOf(path),
    value: path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], topology),
    remedy: message,
  }));
}

/** `links[2].delayMs` */
function fieldOf(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text.replace(/^\./, '') || 'topology';
}

function nameProblems(topology: Topology): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-z][a-z0-9-]*$/.test(topology.name)) {
    problems.push({
      field: 'name',
      value: topology.name,
      remedy: 'must be lower-case letters, digits and hyphens',
    });
  }
  problems.push(...sysctlProblems('sysctls', topology.sysctls));
  for (const [role, address] of Object.entries(topology.addresses)) {
    if (isIpv6(address)) continue;
    problems.push({
      field: `addresses.${role}`,
      value: address,
      remedy: 'must be an IPv6 address, e.g. 2001:db8::1',
    });
  }
  return problems;
}

function nodeProblems(topology: Topology): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  if (topology.nodes.length === 0) {
    problems.push({ field: 'nodes', value: [], remedy: 'a network needs a machine: add one with addHost' });
  }
  topology.nodes.forEach((node, position) => {
    const field = `nodes[${position}]`;
    problems.push(...singleNodeProblems(field, node));
    if (seen.has(node.name)) {
      problems.push({
        field: `${field}.name`,
        value: node.name,
        remedy: 'is taken: give each machine its own name',
      });
    }
    seen.add(node.name);
  });
  return problems;
}

function singleNodeProblems(field: string, node: TopologyNode): Problem[] {
  const problems: Problem[] = [];
  if (!/^[a-zA-Z][a-zA-Z0-9]*$/.test(node.name) || node.name.length > LONGEST_NODE_NAME) {
    const remedy = `must be 1 to ${LONGEST_NODE_NAME} letters and digits, a letter first (interfaces are named after it)`;
    problems.push({ field: `${field}.name`, value: node.name, remedy });
  }
  if (node.site !== undefined && !/^[a-zA-Z0-9]+$/.test(node.site)) {
    problems.push({ field: `${field}.site`, value: node.site, remedy: 'must be letters and digits' });
  }
  return [...problems, ...sysctlProblems(`${field}.sysctls`, node.sysctls)];
}

function sysctlProblems(field: string, sysctls: Readonly<Record<string, string>>): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(sysctls)) {
    if (!/^net(\.[a-z0-9_-]+)+$/.test(key)) {
      const remedy = 'only settings of a network namespace can be set per machine: net.ipv6.… or net.ipv4.…';
      problems.push({ field: `${field}.${key}`, value: key, remedy });
    }
    if (!/^[a-z0-9_]+( [a-z0-9_]+)*$/.test(value)) {
      problems.push({
        field: `${field}.${key}`,
        value,
        remedy: 'must be words or numbers with one blank between',
      });
    }
  }
  return problems;
}
