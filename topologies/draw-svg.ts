import { type Interface, siteOf } from './interfaces.ts';
import { type Branch, spanningTree } from './spanning-tree.ts';
import type { Topology } from './topology.ts';
import { describeLink, latencyTable } from './wording.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Drawing {
  readonly topology: Topology;
  readonly places: ReadonlyMap<string, Point>;
  readonly width: number;
  readonly height: number;
}

const COLUMN = 430;
const ROW = 150;
const MARGIN = 90;
const TITLE = 50;
const TABLE_ROW = 20;
const TABLE_COLUMN = 130;
const BOX = { width: 96, height: 40 };
const SITE_PADDING = 26;
/** From a machine's middle to that of its interface's caption, which stands outside of the site's frame. */
const INTERFACE_OFFSET = 122;
/** Mean width of a letter, in font sizes. */
const LETTER = 0.6;
const FONT = 'font-family="DejaVu Sans, sans-serif"';

/** The network as a standalone SVG picture: machines by distance from the first, sites as frames, latencies as a table. */
export function drawSvg(topology: Topology): string {
  const drawing = layOut(topology);
  const { root, others } = spanningTree(topology);
  const links = [...descendants(root).flatMap((branch) => branch.by ?? []), ...others];
  const parts = [
    `<text x="${MARGIN / 2}" y="30" font-size="18" font-weight="bold">${escapeXml(topology.name)}</text>`,
    ...siteFrames(drawing),
    ...links.map((at) => {
      const [from, to] = [drawing.places.get(at.node)!, drawing.places.get(at.peer)!];
      return link(from, to, at, describeLink(topology, at));
    }),
    ...topology.nodes.map((node) => machine(drawing.places.get(node.name)!, node.name, node.kind)),
    ...table(drawing),
  ];
  const size = `width="${drawing.width}" height="${drawing.height}" viewBox="0 0 ${drawing.width} ${drawing.height}"`;
  const title = `<title>Network ${escapeXml(topology.name)}</title>`;
  const ground = `<rect width="${drawing.width}" height="${drawing.height}" fill="#ffffff"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size} ${FONT}>\n${[title, ground, ...parts].join('\n')}\n</svg>\n`;
}

/** A column per link of distance, a row per leaf; a machine stands in the middle of what hangs from it. */
function layOut(topology: Topology): Drawing {
  const places = new Map<string, Point>();
  let rows = 0;
  const place = ({ node, depth, branches }: Branch): number => {
    const below = branches.map(place);
    const row = below.length === 0 ? rows++ : (below[0]! + below.at(-1)!) / 2;
    places.set(node.name, { x: MARGIN + depth * COLUMN, y: TITLE + MARGIN / 2 + row * ROW + BOX.height });
    return row;
  };
  const { root } = spanningTree(topology);
  place(root);
  const deepest = Math.max(...descendants(root).map((branch) => branch.depth));
  const lines = latencyTable(topology);
  const tableWidth = Math.max(0, ...lines.map((line) => line.length)) * TABLE_COLUMN;
  const width = MARGIN * 2 + Math.max(deepest * COLUMN, tableWidth);
  const lowest = Math.max(...[...places.values()].map((point) => point.y)) + BOX.height / 2 + SITE_PADDING;
  const height = lowest + TABLE_ROW * (lines.length + 3);
  return { topology, places, width, height };
}

function descendants(branch: Branch): readonly Branch[] {
  return [branch, ...branch.branches.flatMap(descendants)];
}

function siteFrames({ topology, places }: Drawing): string[] {
  const sites = new Set(topology.nodes.flatMap((node) => node.site ?? []));
  return [...sites].map((site) => {
    const points = topology.nodes
      .filter((node) => siteOf(topology, node.name) === site)
      .map((node) => places.get(node.name)!);
    const left = Math.min(...points.map((point) => point.x)) - BOX.width / 2 - SITE_PADDING;
    const right = Math.max(...points.map((point) => point.x)) + BOX.width / 2 + SITE_PADDING;
    const top = Math.min(...points.map((point) => point.y)) - BOX.height / 2 - SITE_PADDING;
    const bottom = Math.max(...points.map((point) => point.y)) + BOX.height / 2 + SITE_PADDING;
    const frame = `x="${left}" y="${top}" width="${right - left}" height="${bottom - top}" rx="10"`;
    const label = `<text x="${right - 8}" y="${top + 16}" font-size="12" fill="#52606d" text-anchor="end">site ${escapeXml(site)}</text>`;
    return `<rect ${frame} fill="#f5f7fa" stroke="#9aa5b1" stroke-dasharray="5 4"/>\n${label}`;
  });
}

/** Prefix above the line, interfaces where it leaves a machine, shaping below it; on a steep line farther from it. */
function link(from: Point, to: Point, at: Interface, shaping: readonly string[]): string {
  const slope = Math.abs((to.y - from.y) / (to.x - from.x));
  const beside = (share: number, down: number, text: string, size: number): Point => {
    const lift = Number.isFinite(slope) ? (slope * text.length * size * LETTER) / 2 : 0;
    return {
      x: from.x + (to.x - from.x) * share,
      y: from.y + (to.y - from.y) * share + down + Math.sign(down) * lift,
    };
  };
  const interfaceAt = (share: number, name: string, address: string): readonly string[] => {
    const { x, y } = beside(share, -8, address, 9);
    return [caption({ x, y: y - 11 }, name, 9, '#616e7c'), caption({ x, y }, address, 9, '#616e7c')];
  };
  const share = Math.min(0.5, INTERFACE_OFFSET / Math.abs(to.x - from.x || COLUMN));
  return [
    `<line x1="${from.x}" y1="${from.y}" x2="${to.x}" y2="${to.y}" stroke="#3e4c59" stroke-width="2"/>`,
    caption(beside(0.5, -10, at.prefix, 12), at.prefix, 12, '#1f2933'),
    ...interfaceAt(share, at.name, at.address),
    ...interfaceAt(1 - share, at.peerInterface, at.peerAddress),
    ...shaping.map((line, position) =>
      caption(beside(0.5, 20 + 16 * position, line, 12), line, 12, '#ab091e'),
    ),
  ].join('\n');
}

function machine({ x, y }: Point, name: string, kind: 'host' | 'router'): string {
  const { width, height } = BOX;
  const look =
    kind === 'router'
      ? `rx="${height / 2}" fill="#d9e8f6" stroke="#2f6fab"`
      : 'rx="4" fill="#fdf3d7" stroke="#a67c00"';
  const box = `<rect x="${x - width / 2}" y="${y - height / 2}" width="${width}" height="${height}" ${look} stroke-width="1.5"/>`;
  return `${box}\n${caption({ x, y: y + 5 }, name, 14, '#1f2933')}`;
}

function table({ topology, height }: Drawing): string[] {
  const lines = latencyTable(topology);
  if (lines.length === 0) return [];
  const heading = ['One-way latency between sites'];
  const top = height - (lines.length + 1) * TABLE_ROW;
  return [heading, ...lines].flatMap((line, row) =>
    line.map((cell, column) => {
      const x = MARGIN / 2 + column * TABLE_COLUMN;
      return `<text x="${x}" y="${top + row * TABLE_ROW}" font-size="12">${escapeXml(cell)}</text>`;
    }),
  );
}

function caption({ x, y }: Point, text: string, size: number, colour: string): string {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${colour}" text-anchor="middle" paint-order="stroke" stroke="#ffffff" stroke-width="3">${escapeXml(text)}</text>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
