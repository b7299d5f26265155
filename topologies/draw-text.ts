import type { Interface } from './interfaces.ts';
import { type Branch, spanningTree } from './spanning-tree.ts';
import type { Topology, TopologyNode } from './topology.ts';
import { describeLink, latencyTable } from './wording.ts';

/** The network as text for a terminal: machines as a tree, their links beside them, latencies between sites below. */
export function drawText(topology: Topology): string {
  const { root, others } = spanningTree(topology);
  const tree = branchRows(topology, root, '', '');
  const sections = [
    [`${topology.name}: ${topology.nodes.length} machines, ${topology.links.length} links`],
    align(tree),
    align(others.map((at) => [`${at.node} – ${at.peer}`, ...linkCells(topology, at)])),
    heading('One-way latency between sites', align(latencyTable(topology))),
    heading('Addresses', align(Object.entries(topology.addresses))),
  ];
  const drawn = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
  return `${drawn.join('\n\n')}\n`;
}

function branchRows(topology: Topology, branch: Branch, own: string, below: string): string[][] {
  const rows = [
    [`${own}${nameOf(branch.node)}`, ...(branch.by === undefined ? [] : linkCells(topology, branch.by))],
  ];
  branch.branches.forEach((child, position) => {
    const last = position === branch.branches.length - 1;
    rows.push(...branchRows(topology, child, below + (last ? '└─ ' : '├─ '), below + (last ? '   ' : '│  ')));
  });
  return rows;
}

function nameOf({ name, kind, site }: TopologyNode): string {
  return `${name} (${site === undefined ? kind : `${kind}, site ${site}`})`;
}

function linkCells(topology: Topology, at: Interface): string[] {
  const ends = `${at.name} ${at.address} ── ${at.peerAddress} ${at.peerInterface}`;
  return [ends, ...describeLink(topology, at)];
}

function heading(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

/** Columns as wide as their widest cell. */
function align(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
