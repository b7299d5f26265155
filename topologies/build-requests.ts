import {
  attribute,
  concat,
  nested,
  textAttribute,
  u8Attribute,
  u32Attribute,
} from '../linux/netlink/attributes.ts';
import { emitStruct } from '../linux/netlink/layout.ts';
import { CREATE, EXCLUSIVE, type NetlinkRequest } from '../linux/netlink/message.ts';
import { ipv6Prefix } from '../mip6/wire/address.ts';
import { type Interface, interfacesAt, interfacesOf, LINK_LOCAL_LENGTH } from './interfaces.ts';
import { routesOf } from './routes.ts';
import * as rt from './rtnetlink.ts';
import type { Topology } from './topology.ts';

export const ADD = CREATE | EXCLUSIVE;
const LOOPBACK_INDEX = 1;
/** IN6_ADDR_GEN_MODE_NONE: no link-local addresses by itself */
const GENERATION_NONE = 1;
/** Stands for the descriptor of a namespace, which is known only where requests are sent. */
const LATER = rt.hex(u32Attribute(rt.LINK_ATTRIBUTE.namespace, 0xffffffff));

/**
 * Both ends of a link at once, each in its namespace, with an index no other interface has, as digits. Without ARP and multicast
 * flags the kernel sends no neighbour solicitations and no multicast listener reports; neighbours are static instead,
 * by their link-local addresses too. Programs may send to multicast addresses all the same, Router Advertisements above all.
 */
export function linkDigits(topology: Topology, link: number): string {
  const [a, b] = interfacesOf(topology).filter((at) => at.link === link);
  const names = [a!.node, b!.node];
  const later = LATER.slice(0, -8);
  return rt
    .together([linkRequest(a!, b!)])
    .join('')
    .replaceAll(LATER, () => `${later}<${names.shift()}>`);
}

function linkRequest(a: Interface, b: Interface): NetlinkRequest {
  const peer = attribute(rt.LINK_INFO.vethPeer, concat([end(b).body, ...end(b).attributes]));
  const info = nested(
    rt.LINK_ATTRIBUTE.info,
    textAttribute(rt.LINK_INFO.kind, 'veth'),
    nested(rt.LINK_INFO.data, peer),
  );
  const { body, attributes } = end(a);
  return { type: rt.NEW.link, flags: ADD, body, attributes: [...attributes, info] };
}

function end(at: Interface) {
  const { NOARP, MULTICAST } = rt.LINK_FLAGS;
  return {
    body: emitStruct(rt.LINK, { index: at.index, flags: NOARP, change: NOARP | MULTICAST }),
    attributes: [
      textAttribute(rt.LINK_ATTRIBUTE.name, at.name),
      attribute(rt.LINK_ATTRIBUTE.address, rt.macBytes(at.mac)),
      u32Attribute(rt.LINK_ATTRIBUTE.mtu, at.mtu),
      u32Attribute(rt.LINK_ATTRIBUTE.namespace, 0xffffffff),
    ],
  };
}

/** Addresses, neighbours and routes of a machine whose links are there. */
export function machineRequests(topology: Topology, node: string): readonly NetlinkRequest[] {
  const interfaces = interfacesAt(topology, node);
  const indices = new Map(interfaces.map((at) => [at.name, at.index]));
  return [
    up(LOOPBACK_INDEX),
    ...interfaces.flatMap((at) => [
      withoutOwnAddresses(at.index),
      up(at.index),
      address(at.index, at.address, at.prefixLength),
      address(at.index, at.linkLocal, LINK_LOCAL_LENGTH),
      neighbour(at.index, at.peerAddress, at.peerMac),
      neighbour(at.index, at.peerLinkLocal, at.peerMac),
    ]),
    ...routesOf(topology)
      .filter((route) => route.node === node)
      .map(({ prefix, via, device, quickAck }) => route(prefix, via, indices.get(device)!, quickAck)),
  ];
}

function up(index: number): NetlinkRequest {
  const { UP } = rt.LINK_FLAGS;
  return { type: rt.NEW.link, flags: 0, body: emitStruct(rt.LINK, { index, flags: UP, change: UP }) };
}

function withoutOwnAddresses(index: number): NetlinkRequest {
  const ofIpv6 = nested(rt.AF_INET6, u8Attribute(rt.ADDRESS_GENERATION, GENERATION_NONE));
  return {
    type: rt.NEW.link,
    flags: 0,
    body: emitStruct(rt.LINK, { index }),
    attributes: [nested(rt.LINK_ATTRIBUTE.families, ofIpv6)],
  };
}

function address(index: number, text: string, prefixLength: number): NetlinkRequest {
  const flags = rt.ADDRESS_FLAG.noDuplicateDetection;
  return {
    type: rt.NEW.address,
    flags: ADD,
    body: emitStruct(rt.ADDRESS, { family: rt.AF_INET6, prefixLength, flags, index }),
    attributes: [
      attribute(rt.ADDRESS_ATTRIBUTE.local, rt.bytesOf(text)),
      attribute(rt.ADDRESS_ATTRIBUTE.address, rt.bytesOf(text)),
    ],
  };
}

function neighbour(index: number, text: string, mac: string): NetlinkRequest {
  return {
    type: rt.NEW.neighbour,
    flags: ADD,
    body: emitStruct(rt.NEIGHBOUR, { family: rt.AF_INET6, index, state: rt.PERMANENT }),
    attributes: [
      attribute(rt.NEIGHBOUR_ATTRIBUTE.destination, rt.bytesOf(text)),
      attribute(rt.NEIGHBOUR_ATTRIBUTE.hardware, rt.macBytes(mac)),
    ],
  };
}

/** `prefix`: `default` for everything */
function route(prefix: string, via: string, index: number, quickAck: boolean | undefined): NetlinkRequest {
  const destination = prefix === 'default' ? undefined : ipv6Prefix(prefix);
  const { mainTable: table, boot: protocol, unicast: type } = rt.ROUTE_OF;
  const destinationLength = destination?.length ?? 0;
  const body = emitStruct(rt.ROUTE, { family: rt.AF_INET6, destinationLength, table, protocol, type });
  return {
    type: rt.NEW.route,
    flags: ADD,
    body,
    attributes: [
      ...(destination === undefined
        ? []
        : [attribute(rt.ROUTE_ATTRIBUTE.destination, rt.bytesOf(destination.address))]),
      attribute(rt.ROUTE_ATTRIBUTE.gateway, rt.bytesOf(via)),
      u32Attribute(rt.ROUTE_ATTRIBUTE.outgoing, index),
      ...(quickAck === true ? [nested(rt.ROUTE_ATTRIBUTE.metrics, u32Attribute(rt.QUICK_ACK, 1))] : []),
    ],
  };
}
