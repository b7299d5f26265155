/** The largest sets of nodes that reach each other (strongly connected components of more than one node), each sorted, and sorted. */
export function circles(graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] {
  const reached = new Map([...graph.keys()].map((node) => [node, reachableFrom(graph, node)]));
  const found = new Map<string, readonly string[]>();
  for (const [node, others] of reached) {
    if (!others.has(node)) continue;
    const circle = [...others].filter((other) => reached.get(other)?.has(node)).sort();
    found.set(circle.join(' '), circle);
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

/** All nodes at the end of a path of one step or more. */
function reachableFrom(graph: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const found = new Set(graph.get(start));
  for (const node of found) for (const next of graph.get(node) ?? []) found.add(next);
  return found;
}
