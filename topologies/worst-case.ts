import { instantsOf, networkAt } from './changes.ts';
import { siteOf } from './interfaces.ts';
import { pathBetween } from './routes.ts';
import { shaperOf } from './shaping.ts';
import type { Topology } from './topology.ts';

/** What links do at their worst, at any instant: of all of them. */
interface WorstCase {
  readonly lossPct: number;
  readonly jitterMs: number;
  /** of the slowest; absent where no link has a rate */
  readonly rateKbit?: number;
}

/** The greatest loss and jitter and the least rate of any link, whenever it has them. */
export function worstCaseOf(topology: Topology): WorstCase {
  const qdiscs = everyState(topology).flatMap((state) => shaperOf(state).qdiscs);
  const all = (name: 'lossPct' | 'jitterMs' | 'rateKbit'): number[] =>
    qdiscs.flatMap((qdisc) => Object.entries(qdisc)).flatMap(([key, value]) => (key === name ? [value] : []));
  const rates = all('rateKbit');
  return {
    lossPct: Math.max(0, ...all('lossPct')),
    jitterMs: Math.max(0, ...all('jitterMs')),
    ...(rates.length === 0 ? {} : { rateKbit: Math.min(...rates) }),
  };
}

/** The longest one-way latency from one machine to another that the network ever has, ms; 0 where no way leads there. */
export function longestLatencyMs(topology: Topology, from: string, to: string): number {
  return Math.max(...everyState(topology).map((state) => latencyMs(state, from, to)));
}

function everyState(topology: Topology): readonly Topology[] {
  return [topology, ...instantsOf(topology).map((ms) => networkAt(topology, ms))];
}

function latencyMs(topology: Topology, from: string, to: string): number {
  const path = pathBetween(topology, from, to) ?? [];
  const ofLinks = path.map(({ egress }) => egress.delayMs ?? 0);
  const ofSites = path.flatMap(({ node, peer }, index) => {
    const before = path[index - 1];
    if (before === undefined) return [];
    const [source, destination] = [siteOf(topology, before.node), siteOf(topology, peer)];
    return topology.pairLatencies
      .filter((pair) => pair.router === node && pair.from === source && pair.to === destination)
      .map(({ delayMs }) => delayMs);
  });
  return [...ofLinks, ...ofSites].reduce((sum, ms) => sum + ms, 0);
}
