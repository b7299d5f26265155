import { type Interface, interfacesOf } from './interfaces.ts';
import type { Topology } from './topology.ts';

/** A static route: packets to `prefix` (`default` for everything) leave by `device` to the neighbour `via`. */
interface Route {
  readonly node: string;
  readonly prefix: string;
  readonly via: string;
  readonly device: string;
  /** see `TopologyNode.quickAck` */
  readonly quickAck?: boolean;
}

/** Static routes by fewest hops, ties by the order of links: a default route where there is one way out, else one per prefix. */
export function routesOf(topology: Topology): readonly Route[] {
  const interfaces = interfacesOf(topology);
  return topology.nodes.flatMap((node): readonly Route[] => {
    const metrics = node.quickAck ? { quickAck: true } : {};
    const own = interfaces.filter((at) => at.node === node.name);
    const [only] = own;
    if (only === undefined) return [];
    if (own.length === 1) {
      const alone = !isRouter(topology, only.peer);
      return alone
        ? []
        : [{ node: node.name, prefix: 'default', via: only.peerAddress, device: only.name, ...metrics }];
    }
    const attached = new Set(own.map((at) => at.prefix));
    return [...firstHops(topology, interfaces, node.name)]
      .filter(([prefix]) => !attached.has(prefix))
      .map(([prefix, hop]) => ({
        node: node.name,
        prefix,
        via: hop.peerAddress,
        device: hop.name,
        ...metrics,
      }));
  });
}

/** The interfaces by which a packet from `from` to `to` leaves each machine on its way; undefined where no way leads there. */
export function pathBetween(topology: Topology, from: string, to: string): readonly Interface[] | undefined {
  const interfaces = interfacesOf(topology);
  const reached = new Map<string, readonly Interface[]>([[from, []]]);
  for (const [node, path] of reached) {
    if (node === to) return path;
    if (node !== from && !isRouter(topology, node)) continue;
    for (const hop of interfaces) {
      if (hop.node === node && !reached.has(hop.peer)) reached.set(hop.peer, [...path, hop]);
    }
  }
  return undefined;
}

/** Prefix → the interface by which packets to it leave `node`. */
function firstHops(
  topology: Topology,
  interfaces: readonly Interface[],
  node: string,
): Map<string, Interface> {
  const hops = new Map<string, Interface>();
  const reached = new Map<string, Interface | undefined>([[node, undefined]]);
  for (const [at, hop] of reached) {
    if (at !== node && !isRouter(topology, at)) continue;
    for (const next of interfaces) {
      if (next.node !== at) continue;
      const first = hop ?? next;
      if (!hops.has(next.prefix)) hops.set(next.prefix, first);
      if (!reached.has(next.peer)) reached.set(next.peer, first);
    }
  }
  return hops;
}

function isRouter(topology: Topology, name: string): boolean {
  return topology.nodes.some((node) => node.name === name && node.kind === 'router');
}
