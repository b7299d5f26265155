import type { Topology } from './topology.ts';

/** `derive`, computed once per topology: topologies are never changed, and everything else about a network follows from them. */
export function once<Value>(derive: (topology: Topology) => Value): (topology: Topology) => Value {
  const known = new WeakMap<Topology, Value>();
  return (topology) => {
    const before = known.get(topology);
    if (before !== undefined) return before;
    const value = derive(topology);
    known.set(topology, value);
    return value;
  };
}
