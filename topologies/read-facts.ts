import { z } from 'zod';
import * as fact from './facts.ts';
import { shaperOf } from './shaping.ts';
import { DSCP_MASK, DSCP_UNIT } from './tc-limits.ts';
import type { Topology } from './topology.ts';

/** What `ip -6 -j -batch` is asked, one JSON document per line; `ip.json` is its answer. */
export const IP_QUESTIONS = ['link show', 'address show', 'route show', 'neighbour show'] as const;

/** What `tc -j -r -batch` is asked of a machine; `tc.json` is its answer. Raw, because only then it tells the limit of a token bucket. */
export function tcQuestions(topology: Topology, node: string): readonly string[] {
  return [
    'qdisc show',
    ...filteredPlaces(topology, node).map(({ device, parent }) =>
      parent === undefined ? `filter show dev ${device}` : `filter show dev ${device} parent ${parent}`,
    ),
  ];
}

/**
 * The machine's network as its kernel told it; a text that cannot be read yields the fact that it is unreadable.
 * `tcText` is undefined for a machine that is not shaped: there `ip` tells whether an interface has a qdisc after all.
 */
export function readFacts(
  topology: Topology,
  node: string,
  ipText: string,
  tcText: string | undefined,
): fact.Facts {
  const facts = new Map<string, string>();
  const linkReaders = tcText === undefined ? [readLinks, readRootQdiscs] : [readLinks];
  readDocuments(facts, 'answer of ip', ipText, [
    linkReaders,
    [readAddresses],
    [readRoutes],
    [readNeighbours],
  ]);
  if (tcText === undefined) return facts;
  const filterReaders = filteredPlaces(topology, node).map((place) => [filtersReader(place)]);
  readDocuments(facts, 'answer of tc', tcText, [[readQdiscs], ...filterReaders]);
  return facts;
}

type Reader = (facts: Map<string, string>, document: unknown) => void;

interface FilteredPlace {
  readonly device: string;
  /** a discipline below the root's, which tc shows no filters of unless it is asked, and whose name its answer leaves out */
  readonly parent?: string;
}

/** Where filters stand on a machine. */
export function filteredPlaces(topology: Topology, node: string): readonly FilteredPlace[] {
  const { filters, qdiscs } = shaperOf(topology);
  const places = filters
    .filter((filter) => filter.node === node)
    .map(({ device, parent }): FilteredPlace => {
      const below = qdiscs.find((qdisc) => qdisc.device === device && qdisc.handle === parent)?.parent;
      return below === undefined ? { device } : { device, parent };
    });
  return [...new Map(places.map((place) => [`${place.device} ${place.parent}`, place])).values()];
}

function readDocuments(
  facts: Map<string, string>,
  subject: string,
  text: string,
  readers: readonly (readonly Reader[])[],
): void {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length !== readers.length) {
    facts.set(subject, `${lines.length} documents instead of ${readers.length}`);
    return;
  }
  readers.forEach((ofDocument, position) => {
    try {
      const document: unknown = JSON.parse(lines[position]!);
      for (const read of ofDocument) read(facts, document);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
      facts.set(`${subject}, document ${position + 1}`, `unreadable: ${error.message}`);
    }
  });
}

const LOOPBACK_DEVICE = 'lo';

/** Nothing that is measured goes over link-local addresses: `ip` fails where one cannot be set, and other programs may add some. */
function isLinkLocalText(address: string): boolean {
  return address.startsWith('fe80:');
}

/** What an ordinary kernel puts into every new namespace by itself, for the tunnel kinds it knows; down, they do nothing. */
const FALLBACK_DEVICES: ReadonlySet<string> = new Set(
  'ip6tnl0 sit0 tunl0 gre0 gretap0 erspan0 ip6gre0 ip_vti0 ip6_vti0'.split(' '),
);

const links = z.array(
  z.object({
    ifindex: z.number(),
    ifname: z.string(),
    flags: z.array(z.string()),
    mtu: z.number(),
    address: z.string().optional(),
  }),
);

function readLinks(facts: Map<string, string>, document: unknown): void {
  for (const { ifindex, ifname, flags, mtu, address = 'no address' } of links.parse(document)) {
    if (ifname === LOOPBACK_DEVICE) continue;
    const quiet = flags.includes('NOARP') && !flags.includes('MULTICAST');
    const up = flags.includes('UP');
    if (FALLBACK_DEVICES.has(ifname) && !up) continue;
    facts.set(fact.linkSubject(ifname), fact.linkState({ index: ifindex, mac: address, mtu, up, quiet }));
  }
}

const rootQdiscs = z.array(z.object({ ifname: z.string(), qdisc: z.string() }));

function readRootQdiscs(facts: Map<string, string>, document: unknown): void {
  for (const { ifname, qdisc } of rootQdiscs.parse(document)) {
    if (qdisc !== 'noqueue' && !FALLBACK_DEVICES.has(ifname))
      facts.set(fact.qdiscSubject(ifname, 'root'), qdisc);
  }
}

const addresses = z.array(
  z.object({
    ifname: z.string(),
    addr_info: z.array(
      z.object({ local: z.string(), prefixlen: z.number(), tentative: z.boolean().optional() }),
    ),
  }),
);

function readAddresses(facts: Map<string, string>, document: unknown): void {
  for (const { ifname, addr_info } of addresses.parse(document)) {
    if (ifname === LOOPBACK_DEVICE) continue;
    for (const { local, prefixlen, tentative } of addr_info) {
      if (isLinkLocalText(local)) continue;
      facts.set(fact.addressSubject(ifname, local, prefixlen), tentative === true ? 'tentative' : 'present');
    }
  }
}

const routes = z.array(
  z.object({
    dst: z.string(),
    gateway: z.string().optional(),
    dev: z.string(),
    metrics: z.array(z.object({ quickack: z.number().optional() })).optional(),
  }),
);

function readRoutes(facts: Map<string, string>, document: unknown): void {
  for (const { dst, gateway, dev, metrics } of routes.parse(document)) {
    const quickAck = metrics?.some((metric) => metric.quickack === 1);
    if (dev !== LOOPBACK_DEVICE && !isLinkLocalText(dst))
      facts.set(fact.routeSubject(dst), fact.routeState(gateway, dev, quickAck));
  }
}

const neighbours = z.array(
  z.object({ dst: z.string(), dev: z.string(), lladdr: z.string().optional(), state: z.array(z.string()) }),
);

function readNeighbours(facts: Map<string, string>, document: unknown): void {
  for (const { dst, dev, lladdr = 'no address', state } of neighbours.parse(document)) {
    if (state.includes('PERMANENT') && !isLinkLocalText(dst))
      facts.set(fact.neighbourSubject(dev, dst), lladdr);
  }
}

const place = { handle: z.string(), dev: z.string(), parent: z.string().optional() };
const tbf = z.object({ rate: z.number(), burst: z.number(), limit: z.number() });
const prio = z.object({ bands: z.number(), priomap: z.array(z.number()).min(1) });
const pfifo = z.object({ limit: z.number() });
const netem = z.object({
  limit: z.number(),
  delay: z.object({ delay: z.number(), jitter: z.number() }).default({ delay: 0, jitter: 0 }),
  'loss-random': z.object({ loss: z.number() }).default({ loss: 0 }),
});
const qdiscs = z.array(z.object({ ...place, kind: z.string(), options: z.unknown() }));

function readQdiscs(facts: Map<string, string>, document: unknown): void {
  for (const { handle, dev, parent, kind, options } of qdiscs.parse(document)) {
    if (kind !== 'noqueue') facts.set(fact.qdiscSubject(dev, handle), qdiscState(kind, parent, options));
  }
}

/** tc tells rates in octets per second, times in seconds, loss as a fraction. */
function qdiscState(kind: string, parent: string | undefined, options: unknown): string {
  switch (kind) {
    case 'tbf': {
      const { rate, burst, limit } = tbf.parse(options);
      return fact.qdiscState({
        kind,
        parent,
        rateKbit: (rate * 8) / 1000,
        burstBytes: burst,
        limitBytes: limit,
      });
    }
    case 'prio': {
      const { bands, priomap } = prio.parse(options);
      return fact.qdiscState({ kind, parent, bands, usualBand: priomap[0]! });
    }
    case 'pfifo':
      return fact.qdiscState({ kind, parent, limitPackets: pfifo.parse(options).limit });
    case 'netem': {
      const { limit, delay, 'loss-random': random } = netem.parse(options);
      const times = { delayMs: delay.delay * 1000, jitterMs: delay.jitter * 1000 };
      return fact.qdiscState({ kind, parent, ...times, lossPct: random.loss * 100, limitPackets: limit });
    }
    default:
      return `${kind} at ${parent ?? 'the root'}`;
  }
}

const filters = z.array(
  z.object({
    parent: z.string().optional(),
    kind: z.string(),
    options: z
      .object({
        classid: z.string().optional(),
        indev: z.string().optional(),
        keys: z.object({ ip_tos: z.union([z.string(), z.number()]).optional() }).optional(),
      })
      .optional(),
  }),
);

function filtersReader({ device, parent: asked = '' }: FilteredPlace): Reader {
  return (facts, document) => {
    for (const { parent = asked, kind, options } of filters.parse(document)) {
      if (options === undefined) continue;
      const dscp = dscpOf(options.keys?.ip_tos);
      const which = dscp === undefined ? { incoming: options.indev ?? 'anywhere' } : { dscp };
      facts.set(
        fact.filterSubject({ device, parent, ...which }),
        `to class ${options.classid ?? 'none'}${kind === 'flower' ? '' : `, ${kind}`}`,
      );
    }
  };
}

/** tc tells value and mask of the traffic class in hexadecimal, `0xc0/fc`, or the value alone as a number. */
function dscpOf(told: string | number | undefined): number | undefined {
  if (typeof told === 'number') return told / DSCP_UNIT;
  const [, value, mask] = /^(?:0x)?([0-9a-f]{1,2})\/(?:0x)?([0-9a-f]{1,2})$/.exec(told ?? '') ?? [];
  return value === undefined || Number.parseInt(mask!, 16) !== DSCP_MASK
    ? undefined
    : Number.parseInt(value, 16) / DSCP_UNIT;
}
