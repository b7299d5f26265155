import { once } from './once.ts';
import { type Qdisc, shaperOf } from './shaping.ts';
import { qdiscChangeLine } from './tc-lines.ts';
import type { LinkChange, Topology } from './topology.ts';

/** What tc has to change, `ms` after a repetition's start. */
interface NetworkChange {
  readonly ms: number;
  readonly lines: readonly { readonly node: string; readonly line: string }[];
}

/** Every instant at which a link changes, in order; empty where a network stays as it is. */
export const changesOf = once((topology): readonly NetworkChange[] => {
  const states = instantsOf(topology).map((ms) => ({ ms, qdiscs: shaperOf(networkAt(topology, ms)).qdiscs }));
  return states.map(({ ms, qdiscs }, index) => {
    const before = index === 0 ? shaperOf(topology).qdiscs : states[index - 1]!.qdiscs;
    return { ms, lines: linesFrom(before, qdiscs) };
  });
});

/** What tc has to do to have the network of the start again, whatever it is by now. */
export function resetLines(topology: Topology): NetworkChange['lines'] {
  const changed = new Set(changesOf(topology).flatMap(({ lines }) => lines.map(({ line }) => placeOf(line))));
  return shaperOf(topology)
    .qdiscs.map((qdisc) => ({ node: qdisc.node, line: qdiscChangeLine(qdisc) }))
    .filter(({ line }) => changed.has(placeOf(line)));
}

/** When anything changes, ms, ascending. */
export function instantsOf(topology: Topology): readonly number[] {
  const lists = [
    ...topology.links.flatMap(({ at, aToB, bToA }) => [at, aToB?.at, bToA?.at]),
    ...topology.pairLatencies.map(({ at }) => at),
  ];
  return [...new Set(lists.flatMap((list) => (list ?? []).map(({ ms }) => ms)))].sort((a, b) => a - b);
}

/** The network as it is from `ms` on, until its next change: values take the place of those before, and stay. */
export function networkAt(topology: Topology, ms: number): Topology {
  const now = <Shaped extends { readonly at?: readonly LinkChange[] | undefined }>(shaped: Shaped): Shaped =>
    Object.assign(
      {},
      shaped,
      ...(shaped.at ?? []).filter((change) => change.ms <= ms).map(({ ms: _, ...values }) => values),
    );
  return {
    ...topology,
    links: topology.links.map((link) => ({
      ...now(link),
      ...(link.aToB === undefined ? {} : { aToB: now(link.aToB) }),
      ...(link.bToA === undefined ? {} : { bToA: now(link.bToA) }),
    })),
    pairLatencies: topology.pairLatencies.map(now),
  };
}

function linesFrom(before: readonly Qdisc[], after: readonly Qdisc[]): NetworkChange['lines'] {
  const old = new Set(before.map(qdiscChangeLine));
  return after
    .map((qdisc) => ({ node: qdisc.node, line: qdiscChangeLine(qdisc) }))
    .filter(({ line }) => !old.has(line));
}

/** `qdisc change dev ha1-eth0 root handle 1:` of a line. */
function placeOf(line: string): string {
  return line.split(' handle ')[0]!;
}
