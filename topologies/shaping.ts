import { type Interface, interfacesAt, interfacesOf, siteOf } from './interfaces.ts';
import { once } from './once.ts';
import { pathBetween } from './routes.ts';
import { LARGEST_QUEUE_OCTETS } from './tc-limits.ts';
import type { PairLatency, Topology } from './topology.ts';

/** A queueing discipline in tc's words; sizes in the unit of their suffix. */
export type Discipline =
  | {
      readonly kind: 'tbf';
      readonly rateKbit: number;
      readonly burstBytes: number;
      readonly limitBytes: number;
    }
  /** `usualBand`: for what no filter sends elsewhere */
  | { readonly kind: 'prio'; readonly bands: number; readonly usualBand: number }
  | { readonly kind: 'pfifo'; readonly limitPackets: number }
  | {
      readonly kind: 'netem';
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly lossPct: number;
      readonly limitPackets: number;
    };

/** Where a discipline stands on an interface's egress. */
interface QdiscPlace {
  readonly node: string;
  readonly device: string;
  readonly handle: string;
  /** class id; absent at the root */
  readonly parent?: string;
}

export type Qdisc = QdiscPlace & Discipline;

/** Sends packets that entered the machine by `incoming` to class `classId` of the qdisc `parent` on `device`. */
export interface SiteFilter {
  readonly node: string;
  readonly device: string;
  readonly parent: string;
  readonly incoming: string;
  readonly classId: string;
}

/** Sends packets of this DSCP to class `classId`. */
export type ClassFilter = Omit<SiteFilter, 'incoming'> & { readonly dscp: number };

interface Shaper {
  readonly qdiscs: readonly Qdisc[];
  readonly filters: readonly (SiteFilter | ClassFilter)[];
}

/** Ethernet header, counted by tc beside the IPv6 packet. */
const FRAME_HEADER_OCTETS = 14;
/** What may wait where a topology says nothing: packets of any size in a delay line, full frames before a rate limit. */
export const DEFAULT_DELAY_LINE_PACKETS = 10_000;
const DEFAULT_RATE_QUEUE_PACKETS = 1_000;
/**
 * Room for full frames where a topology says nothing. Tokens that come while the bucket is full are lost: with room for one frame, all the time by which
 * the timer of the next was late. So room for one to be sent and two more: in real time a timer may then be late by 12 ms at
 * 2 Mbit/s, about the most that was seen on a busy machine. And a few small packets leave tokens for a full frame behind them.
 */
export const DEFAULT_BUCKET_FRAMES = 3;
/** A default queue holds this many bandwidth–delay products at least. */
const DEFAULT_QUEUE_PRODUCTS = 4;

/** Everything tc has to set up: on each egress a rate limit, below it the link's delay or one delay line per source site. */
export const shaperOf = once((topology): Shaper => {
  const shapers = interfacesOf(topology).map((at) => shaperAt(topology, at));
  return { qdiscs: shapers.flatMap((s) => s.qdiscs), filters: shapers.flatMap((s) => s.filters) };
});

/** Whether anything is shaped on this machine; on all others every interface has the kernel's `noqueue`. */
export function isShaped(topology: Topology, node: string): boolean {
  return shaperOf(topology).qdiscs.some((qdisc) => qdisc.node === node);
}

/** The latencies between sites that apply to packets leaving by `at`. */
export function pairLatenciesAt(topology: Topology, at: Interface): readonly PairLatency[] {
  const towards = siteOf(topology, at.peer);
  return topology.pairLatencies.filter((pair) => pair.router === at.node && pair.to === towards);
}

/** rate × round trip of the longest way through this egress, in full frames; undefined where nothing limits the rate. */
export function bandwidthDelayPackets(topology: Topology, at: Interface): number | undefined {
  const { rateKbit } = at.egress;
  if (rateKbit === undefined) return undefined;
  const bits = rateKbit * longestRoundTripMs(topology, at);
  return Math.ceil(bits / 8 / frameOctets(at));
}

/** The largest Ethernet frame that leaves by this interface, octets. */
export function frameOctets(at: Interface): number {
  return at.mtu + FRAME_HEADER_OCTETS;
}

/** One-way latency from node to node, ms, without queueing and serialisation; undefined where no way leads there. */
export function latencyMs(topology: Topology, from: string, to: string): number | undefined {
  const path = pathBetween(topology, from, to);
  if (path === undefined) return undefined;
  let entered: string | undefined;
  let total = 0;
  for (const hop of path) {
    const pair = pairLatenciesAt(topology, hop).find((candidate) => candidate.from === entered);
    total += (hop.egress.delayMs ?? 0) + (pair?.delayMs ?? 0);
    entered = siteOf(topology, hop.node);
  }
  return total;
}

function longestRoundTripMs(topology: Topology, at: Interface): number {
  let longest = 0;
  for (const { name: from } of topology.nodes) {
    for (const { name: to } of topology.nodes) {
      const path = pathBetween(topology, from, to);
      if (!path?.some((hop) => hop.name === at.name)) continue;
      longest = Math.max(longest, latencyMs(topology, from, to)! + (latencyMs(topology, to, from) ?? 0));
    }
  }
  return longest;
}

function shaperAt(topology: Topology, at: Interface): Shaper {
  const place = { node: at.node, device: at.name };
  const qdiscs: Qdisc[] = [];
  const { rateKbit } = at.egress;
  if (rateKbit !== undefined) {
    const limitBytes = Math.min(frameOctets(at) * rateQueuePackets(topology, at), LARGEST_QUEUE_OCTETS);
    qdiscs.push({
      ...place,
      handle: '1:',
      kind: 'tbf',
      rateKbit,
      burstBytes: burstBytes(at, rateKbit),
      limitBytes,
    });
  }
  const inner = rateKbit === undefined ? place : { ...place, parent: '1:1' };
  const pairs = pairLatenciesAt(topology, at);
  if (pairs.length > 0) return siteShaper(topology, at, inner, qdiscs);
  if (at.egress.firstDscp !== undefined) return classShaper(topology, at, at.egress.firstDscp, qdiscs);
  const { delayMs = 0, jitterMs = 0, lossPct = 0, queue, at: changes = [] } = at.egress;
  // What will delay or lose has its place from the start.
  const later = changes.some((change) => (change.delayMs ?? 0) + (change.lossPct ?? 0) > 0);
  if (delayMs + lossPct > 0 || later) {
    const limitPackets = queue ?? DEFAULT_DELAY_LINE_PACKETS;
    qdiscs.push({ ...inner, handle: '10:', kind: 'netem', delayMs, jitterMs, lossPct, limitPackets });
  }
  return { qdiscs, filters: [] };
}

/** A class per source site with a delay line in each; the first class, without delay, is for what the router itself sends. */
function siteShaper(
  topology: Topology,
  at: Interface,
  place: Omit<QdiscPlace, 'handle'>,
  outer: readonly Qdisc[],
): Shaper {
  const pairs = pairLatenciesAt(topology, at);
  const prio: Qdisc = { ...place, handle: '2:', kind: 'prio', bands: pairs.length + 1, usualBand: 0 };
  const classOf = (position: number): string => `2:${(position + 2).toString(16)}`;
  const lines = pairs.map(({ delayMs, jitterMs = 0, lossPct = 0, queue }, position): Qdisc => {
    const limitPackets = queue ?? DEFAULT_DELAY_LINE_PACKETS;
    const parent = classOf(position);
    const handle = `${(0x20 + position + 2).toString(16)}:`;
    return {
      node: at.node,
      device: at.name,
      handle,
      parent,
      kind: 'netem',
      delayMs,
      jitterMs,
      lossPct,
      limitPackets,
    };
  });
  const filters = pairs.flatMap((pair, position) =>
    interfacesAt(topology, at.node)
      .filter((incoming) => siteOf(topology, incoming.peer) === pair.from)
      .map(
        (incoming): SiteFilter => ({
          node: at.node,
          device: at.name,
          parent: '2:',
          incoming: incoming.name,
          classId: classOf(position),
        }),
      ),
  );
  return { qdiscs: [...outer, prio, ...lines], filters };
}

/** Before the rate limit two queues: what passes first, and the rest. */
function classShaper(topology: Topology, at: Interface, dscp: number, outer: readonly Qdisc[]): Shaper {
  const place = { node: at.node, device: at.name };
  const limitPackets = rateQueuePackets(topology, at);
  const queue = (handle: string, parent: string): Qdisc => ({
    ...place,
    handle,
    parent,
    kind: 'pfifo',
    limitPackets,
  });
  return {
    qdiscs: [
      ...outer,
      { ...place, handle: '3:', parent: '1:1', kind: 'prio', bands: 2, usualBand: 1 },
      queue('31:', '3:1'),
      queue('32:', '3:2'),
    ],
    filters: [{ ...place, parent: '3:', dscp, classId: '3:1' }],
  };
}

/** At high rates what passes in a millisecond, as tc-tbf(8) has it. */
function burstBytes(at: Interface, rateKbit: number): number {
  const bytesPerMs = Math.ceil(rateKbit / 8);
  return Math.max((at.egress.bucketFrames ?? DEFAULT_BUCKET_FRAMES) * frameOctets(at), bytesPerMs);
}

function rateQueuePackets(topology: Topology, at: Interface): number {
  const product = bandwidthDelayPackets(topology, at) ?? 0;
  return at.egress.queue ?? Math.max(DEFAULT_RATE_QUEUE_PACKETS, DEFAULT_QUEUE_PRODUCTS * product);
}
