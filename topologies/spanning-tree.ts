import { type Interface, interfacesAt, interfacesOf } from './interfaces.ts';
import type { Topology, TopologyNode } from './topology.ts';

/** A machine in a drawing: what hangs from it, and by which interfaces it hangs from the one before. */
export interface Branch {
  readonly node: TopologyNode;
  /** the interface of the machine before that leads here; undefined at a root */
  readonly by: Interface | undefined;
  readonly depth: number;
  readonly branches: readonly Branch[];
}

/** The network as a tree from its first machine, by fewest links, for drawing; `others` are the links that close circles. */
export function spanningTree(topology: Topology): {
  readonly root: Branch;
  readonly others: readonly Interface[];
} {
  const [first] = topology.nodes;
  const hops = new Map<string, Interface | undefined>([[first!.name, undefined]]);
  for (const [name] of hops) {
    for (const at of interfacesAt(topology, name)) if (!hops.has(at.peer)) hops.set(at.peer, at);
  }
  const grow = (name: string, depth: number): Branch => ({
    node: topology.nodes.find((node) => node.name === name)!,
    by: hops.get(name),
    depth,
    branches: [...hops].filter(([, by]) => by?.node === name).map(([child]) => grow(child, depth + 1)),
  });
  const used = new Set([...hops.values()].map((by) => by?.link));
  const others = interfacesOf(topology).filter((at, position) => position % 2 === 0 && !used.has(at.link));
  return { root: grow(first!.name, 0), others };
}
