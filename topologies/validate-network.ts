import { type Interface, interfacesAt, interfacesOf, siteOf } from './interfaces.ts';
import { pathBetween } from './routes.ts';
import { bandwidthDelayPackets, frameOctets, pairLatenciesAt } from './shaping.ts';
import { LARGEST_QUEUE_OCTETS } from './tc-limits.ts';
import type { PairLatency, Topology } from './topology.ts';
import type { Problem } from './topology-error.ts';

/** Linux allows 16 bands in a prio qdisc; the first is for what the router itself sends. */
const MOST_SITES_TOWARDS_ONE = 15;

/** What is wrong with the network as a whole: ways, latencies between sites, queues. */
export function networkProblems(topology: Topology): readonly Problem[] {
  return [
    ...reachProblems(topology),
    ...siteProblems(topology),
    ...egressProblems(topology),
    ...pairQueueProblems(topology),
  ];
}

function reachProblems(topology: Topology): Problem[] {
  const first = topology.nodes[0]!.name;
  return topology.nodes.flatMap(({ name }, position): Problem[] => {
    if (pathBetween(topology, first, name) !== undefined) return [];
    const remedy = `no way leads from ${first} to it: join them with addLink, through machines that are routers`;
    return [{ field: `nodes[${position}].name`, value: name, remedy }];
  });
}

function siteProblems(topology: Topology): Problem[] {
  const seen = new Set<string>();
  return topology.pairLatencies.flatMap((pair, position): Problem[] => {
    const field = `pairLatencies[${position}]`;
    const problems: Problem[] = [];
    const sites = [...new Set(interfacesAt(topology, pair.router).map((at) => siteOf(topology, at.peer)))];
    for (const side of ['from', 'to'] as const) {
      if (sites.includes(pair[side])) continue;
      const remedy = `no link joins ${pair.router} to that site: name one of ${sites.join(', ')}`;
      problems.push({ field: `${field}.${side}`, value: pair[side], remedy });
    }
    const key = `${pair.router} ${pair.from} ${pair.to}`;
    if (seen.has(key)) {
      problems.push({
        field: `${field}.from`,
        value: pair.from,
        remedy: `this pair and direction has a latency already: keep one`,
      });
    }
    seen.add(key);
    return problems;
  });
}

function egressProblems(topology: Topology): Problem[] {
  return interfacesOf(topology).flatMap((at): Problem[] => {
    const problems: Problem[] = [];
    const field = `links[${at.link}]`;
    const pairs = pairLatenciesAt(topology, at);
    const { delayMs = 0, lossPct = 0, queue } = at.egress;
    if (pairs.length > 0 && delayMs + lossPct > 0) {
      const name = delayMs > 0 ? 'delayMs' : 'lossPct';
      const remedy = `${at.node} already delays packets towards ${at.peer} per site: put it into those latencies`;
      problems.push({ field: `${field}.${name}`, value: at.egress[name], remedy });
    }
    problems.push(
      ...firstProblems(topology, at).map((problem) => ({ field: `${field}.firstDscp`, ...problem })),
    );
    if (pairs.length > MOST_SITES_TOWARDS_ONE) {
      const remedy = `${at.node} can tell ${MOST_SITES_TOWARDS_ONE} sites apart towards ${at.peer}: spread them over routers`;
      problems.push({ field: 'pairLatencies', value: pairs.length, remedy });
    }
    const least = bandwidthDelayPackets(topology, at);
    if (queue !== undefined && least !== undefined && queue < least) {
      problems.push({ field: `${field}.queue`, value: queue, remedy: queueRemedy(at, least) });
    }
    if (least !== undefined && least * frameOctets(at) > LARGEST_QUEUE_OCTETS) {
      const remedy = `× the longest round trip is more than the ${LARGEST_QUEUE_OCTETS} octets that tc can let wait: give a lower rate, or shorter latencies`;
      problems.push({ field: `${field}.rateKbit`, value: at.egress.rateKbit, remedy });
    }
    return problems;
  });
}

/** What may pass first passes where packets wait for the rate, and a link's own delay has no place beside that. */
function firstProblems(topology: Topology, at: Interface): Omit<Problem, 'field'>[] {
  const { firstDscp: value, rateKbit, delayMs = 0, lossPct = 0, at: changes = [] } = at.egress;
  if (value === undefined) return [];
  if (rateKbit === undefined)
    return [{ value, remedy: 'nothing waits where there is no rateKbit: give one, or leave it out' }];
  const delays = delayMs + lossPct > 0 || changes.some((one) => (one.delayMs ?? 0) + (one.lossPct ?? 0) > 0);
  if (!delays && pairLatenciesAt(topology, at).length === 0) return [];
  return [{ value, remedy: 'stands beside a delay or a loss: put those on another link of the way' }];
}

function queueRemedy(at: Interface, least: number): string {
  const way = `${at.node} to ${at.peer}`;
  return `from ${way}, ${at.egress.rateKbit} kbit/s × the longest round trip is ${least} packets: give at least that, or leave it out`;
}

/** A delay line must hold what its site can send while a packet waits; a site without a rate limit has no such figure. */
function pairQueueProblems(topology: Topology): Problem[] {
  return topology.pairLatencies.flatMap((pair, position): Problem[] => {
    if (pair.queue === undefined) return [];
    const least = pairPackets(topology, pair);
    if (pair.queue >= least) return [];
    const remedy = `rate of site ${pair.from} × delayMs is ${least} packets: give at least that, or leave it out`;
    return [{ field: `pairLatencies[${position}].queue`, value: pair.queue, remedy }];
  });
}

function pairPackets(topology: Topology, pair: PairLatency): number {
  const senders = interfacesOf(topology).filter(
    (at) => at.peer === pair.router && siteOf(topology, at.node) === pair.from,
  );
  const packets = senders.map((at) =>
    Math.ceil(((at.egress.rateKbit ?? 0) * pair.delayMs) / 8 / frameOctets(at)),
  );
  return Math.max(0, ...packets);
}
