import { parseAttributes, readText, readU32 } from '../linux/netlink/attributes.ts';
import { emitStruct, parseStruct } from '../linux/netlink/layout.ts';
import { DONE, DUMP, emitMessage, type NetlinkMessage, parseMessages } from '../linux/netlink/message.ts';
import { ipv6FromBytes } from '../mip6/wire/address.ts';
import { interfacesAt } from './interfaces.ts';
import { filteredPlaces } from './read-facts.ts';
import * as rt from './rtnetlink.ts';
import { isShaped } from './shaping.ts';
import { NS_PER_TICK } from './tc-limits.ts';
import type { Topology } from './topology.ts';

/*
 * What a kernel says of a machine's network in dumps of netlink, put into the words of ip and tc (`-j`), so that it is compared like theirs.
 */

/** Of a machine: what ip and tc would have said; `tc` is empty where nothing is shaped. */
interface Told {
  readonly ip: string;
  readonly tc: string;
}

type Documents = readonly (readonly NetlinkMessage[])[];
type Device = (index: number) => string;

/** What the kernel is asked in a machine's namespace, in the order of `told`; digits for `ask`. */
export function questions(topology: Topology, node: string): string {
  const requests = [
    [rt.GET.link, emitStruct(rt.LINK, {})],
    [rt.GET.address, emitStruct(rt.ADDRESS, { family: rt.AF_INET6 })],
    [rt.GET.route, emitStruct(rt.ROUTE, { family: rt.AF_INET6 })],
    [rt.GET.neighbour, emitStruct(rt.NEIGHBOUR, { family: rt.AF_INET6 })],
    ...(isShaped(topology, node) ? shapingQuestions(topology, node) : []),
  ] as const;
  return requests.map(([type, body]) => rt.hex(emitMessage({ type, flags: DUMP, body }, 1))).join(' ');
}

function shapingQuestions(topology: Topology, node: string): readonly (readonly [number, Uint8Array])[] {
  const indexOf = (device: string): number =>
    interfacesAt(topology, node).find(({ name }) => name === device)!.index;
  return [
    [rt.GET.qdisc, emitStruct(rt.TRAFFIC, {})],
    ...filteredPlaces(topology, node).map(({ device, parent }): readonly [number, Uint8Array] => [
      rt.GET.filter,
      emitStruct(rt.TRAFFIC, {
        index: indexOf(device),
        ...(parent === undefined ? {} : { parent: rt.handleOf(parent) }),
      }),
    ]),
  ];
}

/** The answers, one after the other, in words. Throws LabError when they are no messages of netlink. */
export function told(octets: Uint8Array): Told {
  const [links = [], addresses = [], routes = [], neighbours = [], ...shaping] = documentsOf(octets);
  const names = new Map(
    links.map((message) => [parseStruct(rt.LINK, message.payload).index, nameOf(message)]),
  );
  const device: Device = (index) => names.get(index) ?? `interface ${index}`;
  const [qdiscs, ...filters] = shaping;
  const ip = [
    links.map(linkWords),
    addresses.map((message) => addressWords(message, device)),
    routes.flatMap((message) => routeWords(message, device)),
    neighbours.map((message) => neighbourWords(message, device)),
  ];
  const tc = [
    ...(qdiscs === undefined ? [] : [qdiscs.map((message) => qdiscWords(message, device))]),
    ...filters.map((messages) => messages.map(filterWords)),
  ];
  const lines = (documents: readonly (readonly object[])[]): string =>
    documents.map((document) => `${JSON.stringify(document)}\n`).join('');
  return { ip: lines(ip), tc: lines(tc) };
}

function documentsOf(octets: Uint8Array): Documents {
  const documents: NetlinkMessage[][] = [];
  let current: NetlinkMessage[] = [];
  for (const message of parseMessages(octets)) {
    if (message.type !== DONE) {
      current.push(message);
      continue;
    }
    documents.push(current);
    current = [];
  }
  return documents;
}

function nameOf({ payload }: NetlinkMessage): string {
  return readText(parseAttributes(payload.subarray(rt.LINK.size)).get(rt.LINK_ATTRIBUTE.name)) ?? '';
}

function linkWords(message: NetlinkMessage): object {
  const { index, flags } = parseStruct(rt.LINK, message.payload);
  const attributes = parseAttributes(message.payload.subarray(rt.LINK.size));
  const hardware = attributes.get(rt.LINK_ATTRIBUTE.address);
  return {
    ifindex: index,
    ifname: nameOf(message),
    flags: Object.entries(rt.LINK_FLAGS).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name])),
    mtu: readU32(attributes.get(rt.LINK_ATTRIBUTE.mtu)),
    qdisc: readText(attributes.get(rt.LINK_ATTRIBUTE.qdisc)),
    ...(hardware === undefined ? {} : { address: macText(hardware) }),
  };
}

function addressWords({ payload }: NetlinkMessage, device: Device): object {
  const { index, prefixLength, flags } = parseStruct(rt.ADDRESS, payload);
  const octets = parseAttributes(payload.subarray(rt.ADDRESS.size)).get(rt.ADDRESS_ATTRIBUTE.address);
  const tentative = (flags & rt.ADDRESS_FLAG.tentative) !== 0;
  const info = { local: addressText(octets), prefixlen: prefixLength, ...(tentative ? { tentative } : {}) };
  return { ifname: device(index), addr_info: [info] };
}

/** Those of the main table that lead somewhere, as `ip route show` has them. */
function routeWords({ payload }: NetlinkMessage, device: Device): readonly object[] {
  const { destinationLength, table, type } = parseStruct(rt.ROUTE, payload);
  if (table !== rt.ROUTE_OF.mainTable || type !== rt.ROUTE_OF.unicast) return [];
  const attributes = parseAttributes(payload.subarray(rt.ROUTE.size));
  const destination = attributes.get(rt.ROUTE_ATTRIBUTE.destination);
  const gateway = attributes.get(rt.ROUTE_ATTRIBUTE.gateway);
  const metrics = attributes.get(rt.ROUTE_ATTRIBUTE.metrics);
  const quickack = metrics === undefined ? undefined : readU32(parseAttributes(metrics).get(rt.QUICK_ACK));
  return [
    {
      dst: destination === undefined ? 'default' : `${addressText(destination)}/${destinationLength}`,
      dev: device(readU32(attributes.get(rt.ROUTE_ATTRIBUTE.outgoing)) ?? 0),
      ...(gateway === undefined ? {} : { gateway: addressText(gateway) }),
      ...(quickack === undefined ? {} : { metrics: [{ quickack }] }),
    },
  ];
}

function neighbourWords({ payload }: NetlinkMessage, device: Device): object {
  const { index, state } = parseStruct(rt.NEIGHBOUR, payload);
  const attributes = parseAttributes(payload.subarray(rt.NEIGHBOUR.size));
  const hardware = attributes.get(rt.NEIGHBOUR_ATTRIBUTE.hardware);
  return {
    dst: addressText(attributes.get(rt.NEIGHBOUR_ATTRIBUTE.destination)),
    dev: device(index),
    state: state === rt.PERMANENT ? ['PERMANENT'] : [],
    ...(hardware === undefined ? {} : { lladdr: macText(hardware) }),
  };
}

function qdiscWords({ payload }: NetlinkMessage, device: Device): object {
  const { index, handle, parent } = parseStruct(rt.TRAFFIC, payload);
  const attributes = parseAttributes(payload.subarray(rt.TRAFFIC.size));
  const kind = readText(attributes.get(rt.TRAFFIC_ATTRIBUTE.kind)) ?? '';
  const options = attributes.get(rt.TRAFFIC_ATTRIBUTE.options);
  return {
    kind,
    handle: rt.handleText(handle),
    dev: device(index),
    ...(parent === rt.ROOT ? { root: true } : { parent: rt.handleText(parent) }),
    options: options === undefined ? {} : optionWords(kind, options),
  };
}

/** In tc's units: octets per second, seconds, shares of one. */
function optionWords(kind: string, options: Uint8Array): object {
  switch (kind) {
    case 'tbf':
      return tokenBucketWords(options);
    case 'prio': {
      const { bands } = parseStruct(rt.PRIO, options);
      return { bands, priomap: [...options.subarray(4, rt.PRIO.size)] };
    }
    case 'pfifo':
      return { limit: parseStruct(rt.PFIFO, options).limit };
    case 'netem': {
      const { latency, jitter, loss, limit } = parseStruct(rt.NETEM, options);
      return {
        limit,
        delay: { delay: secondsOf(latency), jitter: secondsOf(jitter) },
        'loss-random': { loss: loss / 0xffffffff },
      };
    }
    default:
      return {};
  }
}

/** The kernel tells a bucket by the time in which it is emptied. */
function tokenBucketWords(options: Uint8Array): object {
  const attributes = parseAttributes(options);
  const parameters = attributes.get(rt.TBF_ATTRIBUTE.parameters) ?? new Uint8Array();
  const { limit, buffer } = parseStruct(rt.TBF, parameters);
  const large = attributes.get(rt.TBF_ATTRIBUTE.rate64);
  const rate =
    large === undefined
      ? parseStruct(rt.RATE, parameters).rate
      : Number(new DataView(large.buffer, large.byteOffset).getBigUint64(0, true));
  return { rate, burst: Math.floor((rate * buffer * NS_PER_TICK) / 1e9), limit };
}

function filterWords({ payload }: NetlinkMessage): object {
  const { parent } = parseStruct(rt.TRAFFIC, payload);
  const attributes = parseAttributes(payload.subarray(rt.TRAFFIC.size));
  const kind = readText(attributes.get(rt.TRAFFIC_ATTRIBUTE.kind)) ?? '';
  const options = attributes.get(rt.TRAFFIC_ATTRIBUTE.options);
  const found = options === undefined ? undefined : parseAttributes(options);
  const classId = readU32(found?.get(rt.FLOWER.class));
  // The kernel tells a priority's first filter once without, as the place where filters stand.
  if (found === undefined || classId === undefined) return { kind, parent: rt.handleText(parent) };
  const [trafficClass] = found.get(rt.FLOWER.trafficClass) ?? [];
  const [mask] = found.get(rt.FLOWER.trafficClassMask) ?? [];
  const incoming = readText(found.get(rt.FLOWER.incoming));
  const keys =
    trafficClass === undefined
      ? {}
      : { ip_tos: `0x${trafficClass.toString(16)}/${(mask ?? 0).toString(16)}` };
  return {
    kind,
    parent: rt.handleText(parent),
    options: {
      classid: rt.handleText(classId),
      keys,
      ...(incoming === undefined ? {} : { indev: incoming }),
    },
  };
}

function secondsOf(ticks: number): number {
  return (ticks * NS_PER_TICK) / 1e9;
}

function addressText(octets: Uint8Array | undefined): string {
  return octets?.length === 16 ? ipv6FromBytes(octets) : 'no address';
}

function macText(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}
