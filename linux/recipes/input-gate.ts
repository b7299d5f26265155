import { ipv6ToBytes } from '../../mip6/wire/address.ts';
import { NextHeader, TYPE2_ROUTING_HEADER } from '../../mip6/wire/constants.ts';
import { IPV6_HEADER_OCTETS, IPV6_LAYOUT } from '../../mip6/wire/header-walk.ts';
import {
  LONGEST_TCP_HEADER_OCTETS,
  TCP_FLAG,
  TCP_HEADER_OCTETS,
  TCP_LAYOUT,
} from '../../mip6/wire/tcp-header.ts';
import { TYPE2_HOME_ADDRESS_AT, TYPE2_ROUTING_HEADER_OCTETS } from '../../mip6/wire/type2-routing-header.ts';
import {
  type FilterExpression,
  type FilterSet,
  type FilterTable,
  isIn,
  jump,
  keepBits,
  loadMeta,
  loadPayload,
  loadSecond,
  onlyIf,
  queue,
} from '../netlink/nf-tables.ts';
import type { SocketEndpoint } from '../socket-address.ts';

/** nft(8)'s priority `filter` */
const FILTER = 0;
/** nft(8)'s `ipv6_addr . inet_service`: its numbers of both, six bits each */
const ADDRESS_AND_PORT = (8 << 6) | 13;
const PORT_OCTETS = 2;
const KEY_OCTETS = 20;
/** octets of TCP's header are told in units of four, in the upper half of an octet */
const UNIT_OCTETS = 4;
const DATA_OFFSET = Uint8Array.of(0xf0);
const FIN = Uint8Array.of(TCP_FLAG.fin);
/** RFC 6275 §6.4, where it comes first: what follows a routing header, and which type it is of */
const BEHIND_ROUTING = { at: IPV6_HEADER_OCTETS, octets: 1 } as const;
const ROUTING_TYPE = { at: IPV6_HEADER_OCTETS + 2, octets: 1 } as const;

/** Clients' connections of which nothing is taken that somebody has not looked at: the clients' addresses and ports. */
export const gatedConnections: FilterSet = {
  name: 'connections',
  keyType: ADDRESS_AND_PORT,
  keyOctets: KEY_OCTETS,
};

/** Queues of the packet filter that gates take, one for each contact address of a member, from this number on. */
export const FIRST_GATE_QUEUE = 0x4800;

/** Name of the table of a member's contact address, of IPv6. */
export function gateTable(index: number): string {
  return `handoff_gate_${index}`;
}

/**
 * Segments of gated connections that bring octets, or the client's end, go to queue `number`; nothing else does, an acknowledgement without
 * data neither. While nobody listens there they are dropped: what a client is not answered it sends again.
 *
 * A packet passes this hook once, before its extension headers are read. So two forms are known by their octets: TCP right behind the IPv6 header, and right
 * behind a type 2 routing header, in which the contact address stands then. Behind any other headers neither the source nor the destination is what the connection's
 * will be (a Home Address option, a routing header of another type), and a fragment is not all: of these every segment to the port goes to the queue.
 */
export function inputGate(name: string, number: number, { address, port }: SocketEndpoint): FilterTable {
  const first = (comparison: Comparison, type: number): readonly FilterExpression[] =>
    octetIs(comparison, IPV6_LAYOUT.nextHeader, type);
  const home = (at: number): readonly FilterExpression[] => [
    loadPayload('network', at, IPV6_LAYOUT.destination.octets),
    onlyIf('equal', ipv6ToBytes(address)),
  ];
  const tcp = [loadMeta('protocol'), onlyIf('equal', Uint8Array.of(NextHeader.tcp))];
  const toPort = [
    loadPayload('transport', TCP_LAYOUT.destinationPort.at, PORT_OCTETS),
    onlyIf('equal', Uint8Array.of(port >> 8, port & 0xff)),
  ];
  const ofGated = [
    loadPayload('network', IPV6_LAYOUT.source.at, IPV6_LAYOUT.source.octets),
    loadSecond('transport', TCP_LAYOUT.sourcePort.at, PORT_OCTETS),
    isIn(gatedConnections),
  ];
  const routing = first('equal', NextHeader.routing);
  const tcpBehindIt = octetIs('equal', BEHIND_ROUTING, NextHeader.tcp);
  const rest = [...tcp, ...toPort, queue(number)];
  return {
    name,
    chain: { name: 'input', hook: 'input', priority: FILTER },
    set: gatedConnections,
    others: [
      { name: 'direct', rules: bringsSomething(number, 0) },
      { name: 'routed', rules: bringsSomething(number, TYPE2_ROUTING_HEADER_OCTETS) },
    ],
    rules: [
      [
        ...first('equal', NextHeader.tcp),
        ...home(IPV6_LAYOUT.destination.at),
        ...[...toPort, ...ofGated, jump('direct')],
      ],
      [
        ...[...routing, ...tcpBehindIt, ...octetIs('equal', ROUTING_TYPE, TYPE2_ROUTING_HEADER)],
        ...home(IPV6_HEADER_OCTETS + TYPE2_HOME_ADDRESS_AT),
        ...[...tcp, ...toPort, ...ofGated, jump('routed')],
      ],
      [...first('different', NextHeader.tcp), ...first('different', NextHeader.routing), ...rest],
      [...routing, ...octetIs('different', BEHIND_ROUTING, NextHeader.tcp), ...rest],
      [...routing, ...tcpBehindIt, ...octetIs('different', ROUTING_TYPE, TYPE2_ROUTING_HEADER), ...rest],
    ],
  };
}

type Comparison = 'equal' | 'different';

/** Goes on if an octet of the packet, from the IPv6 header on, compares so. */
function octetIs(
  comparison: Comparison,
  { at, octets }: { readonly at: number; readonly octets: 1 },
  value: number,
): readonly FilterExpression[] {
  return [loadPayload('network', at, octets), onlyIf(comparison, Uint8Array.of(value))];
}

/** What a connection is in the set by. */
export function gateKey({ address, port }: SocketEndpoint): Uint8Array {
  const key = Buffer.alloc(KEY_OCTETS);
  key.set(ipv6ToBytes(address));
  key.writeUInt16BE(port, IPV6_LAYOUT.source.octets);
  return key;
}

/** `tcp flags & fin == fin queue num NUMBER`, and for each length of TCP's header `tcp doff UNITS ip6 length > OCTETS queue num NUMBER` */
function bringsSomething(number: number, before: number): readonly (readonly FilterExpression[])[] {
  const tcp = [loadMeta('protocol'), onlyIf('equal', Uint8Array.of(NextHeader.tcp))];
  const ends = [
    ...tcp,
    loadPayload('transport', TCP_LAYOUT.flags.at, TCP_LAYOUT.flags.octets),
    keepBits(FIN),
    onlyIf('equal', FIN),
    queue(number),
  ];
  const lengths = [];
  for (let octets = TCP_HEADER_OCTETS; octets <= LONGEST_TCP_HEADER_OCTETS; octets += UNIT_OCTETS)
    lengths.push([
      ...tcp,
      loadPayload('transport', TCP_LAYOUT.dataOffset.at, TCP_LAYOUT.dataOffset.octets),
      keepBits(DATA_OFFSET),
      onlyIf('equal', Uint8Array.of((octets / UNIT_OCTETS) << 4)),
      loadPayload('network', IPV6_LAYOUT.payloadLength.at, IPV6_LAYOUT.payloadLength.octets),
      onlyIf('greater', Uint8Array.of(0, before + octets)),
      queue(number),
    ]);
  return [ends, ...lengths];
}
