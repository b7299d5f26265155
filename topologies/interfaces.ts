import { ipv6FromBytes, ipv6Prefix } from '../mip6/wire/address.ts';
import { once } from './once.ts';
import type { Link, Shaping, Topology } from './topology.ts';

/** One end of a link. Everything in it follows from the topology alone, so that a capture can be read without the lab. */
export interface Interface {
  /** `<node>-eth<n>` */
  readonly name: string;
  readonly node: string;
  /** Kernel interface index. No two interfaces of a lab share one, also not across namespaces: captures name interfaces by it. */
  readonly index: number;
  readonly mac: string;
  readonly address: string;
  /** fe80::/64, made from `mac` as a kernel would (RFC 4291, appendix A) */
  readonly linkLocal: string;
  readonly prefix: string;
  readonly prefixLength: number;
  readonly mtu: number;
  /** the node at the other end, and its interface */
  readonly peer: string;
  readonly peerInterface: string;
  readonly peerMac: string;
  readonly peerAddress: string;
  readonly peerLinkLocal: string;
  /** position in `topology.links` */
  readonly link: number;
  /** what happens to packets that leave through this interface */
  readonly egress: Shaping;
}

/** Interface indices start here, well above those which a namespace gives to tunnels it makes later. */
const FIRST_INDEX = 101;

/** bits of a link-local address's prefix */
export const LINK_LOCAL_LENGTH = 64;

/** All interfaces in the order of the links, `a` before `b`. */
export const interfacesOf = once((topology): readonly Interface[] => {
  const counts = new Map<string, number>();
  const nameNext = (node: string): string => {
    const count = counts.get(node) ?? 0;
    counts.set(node, count + 1);
    return `${node}-eth${count}`;
  };
  return topology.links.flatMap((link, position) => {
    const names = [nameNext(link.a), nameNext(link.b)] as const;
    return [end(link, position, 0, names), end(link, position, 1, names)];
  });
});

/** The interfaces of one node, in order of their names' numbers. */
export function interfacesAt(topology: Topology, node: string): readonly Interface[] {
  return interfacesOf(topology).filter((candidate) => candidate.node === node);
}

/** The neighbours behind a node's interfaces, by interface index: what a capture at that node needs. */
export function neighboursByIndex(topology: Topology, node: string): Readonly<Record<string, string>> {
  return Object.fromEntries(interfacesAt(topology, node).map((at) => [String(at.index), at.peer]));
}

/** The site of a node: the one it names, else a place of its own. */
export function siteOf(topology: Topology, node: string): string {
  return topology.nodes.find((candidate) => candidate.name === node)?.site ?? node;
}

function end(link: Link, position: number, side: 0 | 1, names: readonly [string, string]): Interface {
  const other = side === 0 ? 1 : 0;
  const nodes = [link.a, link.b] as const;
  return {
    name: names[side],
    node: nodes[side],
    index: FIRST_INDEX + 2 * position + side,
    mac: macOf(position, side),
    address: link.addresses[side],
    linkLocal: linkLocalOf(position, side),
    prefix: link.prefix,
    prefixLength: ipv6Prefix(link.prefix).length,
    mtu: link.mtu,
    peer: nodes[other],
    peerInterface: names[other],
    peerMac: macOf(position, other),
    peerAddress: link.addresses[other],
    peerLinkLocal: linkLocalOf(position, other),
    link: position,
    egress: egressOf(link, side),
  };
}

function egressOf(link: Link, side: 0 | 1): Shaping {
  const { delayMs, jitterMs, lossPct, rateKbit, queue, firstDscp, bucketFrames, at = [] } = link;
  const own = side === 0 ? link.aToB : link.bToA;
  const changes = [...at, ...(own?.at ?? [])];
  return {
    delayMs,
    jitterMs,
    lossPct,
    rateKbit,
    queue,
    firstDscp,
    bucketFrames,
    ...own,
    ...(changes.length === 0 ? {} : { at: changes }),
  };
}

/** Locally administered, so that it is nobody's: 02:00:00 + link number + side. */
function macOctets(position: number, side: 0 | 1): readonly [number, number, number, ...number[]] {
  return [2, 0, 0, (position + 1) >> 8, (position + 1) & 0xff, side + 1];
}

function macOf(position: number, side: 0 | 1): string {
  const octets = macOctets(position, side);
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
}

/** The MAC address with ff:fe in its middle and its universal/local bit inverted. */
function linkLocalOf(position: number, side: 0 | 1): string {
  const [first, second, third, ...last] = macOctets(position, side);
  const interfaceId = [first ^ 2, second, third, 0xff, 0xfe, ...last];
  return ipv6FromBytes(Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...interfaceId]));
}
