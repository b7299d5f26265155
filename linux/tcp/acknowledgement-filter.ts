import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { EXTENSION_LAYOUT, IPV6_HEADER_OCTETS, IPV6_LAYOUT } from '../../mip6/wire/header-walk.ts';
import { TCP_FLAG, TCP_HEADER_OCTETS, TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';
import { TYPE2_HOME_ADDRESS_AT, TYPE2_ROUTING_HEADER_OCTETS } from '../../mip6/wire/type2-routing-header.ts';
import {
  accept,
  type FilterInstruction,
  ifAnyBit,
  ifEqual,
  load,
  OUTGOING,
  PACKET_TYPE,
  setIndex,
  skip,
  subtract,
} from '../packet-filter.ts';
import type { SocketEndpoint } from '../socket-address.ts';

const SIGN = 0x80000000;
/** Where the TCP header is: right behind the IPv6 header, or under route optimisation behind a type 2 routing header (RFC 6275 §6.4). */
const DIRECT = IPV6_HEADER_OCTETS;
const ROUTED = DIRECT + TYPE2_ROUTING_HEADER_OCTETS;
const LONGEST = ROUTED + TCP_HEADER_OCTETS;

/**
 * Passes arriving segments of one connection that acknowledge something; only those which acknowledge all up to
 * sequence number `target`, when given. The destination is not compared: under route optimisation it is the
 * care-of address.
 */
export function acknowledgementFilter(
  remote: SocketEndpoint,
  localPort: number,
  target?: number,
): FilterInstruction[] {
  return [
    ...ofConnection(remote, localPort),
    ifAnyBit(TCP_FLAG.ack, 0, 'drop'),
    ...(target === undefined ? [] : acknowledging(target)),
    accept(LONGEST),
  ];
}

/** Passes arriving segments of one connection that acknowledge something or reset it, `octets` of each: see `standingOf`. */
export function segmentFilter(
  remote: SocketEndpoint,
  localPort: number,
  octets: number,
): FilterInstruction[] {
  return [
    ...ofConnection(remote, localPort),
    ifAnyBit(TCP_FLAG.ack | TCP_FLAG.rst, 0, 'drop'),
    accept(octets),
  ];
}

/** So many ports and no more: a classic BPF program jumps over 255 instructions at most. */
const MOST_PORTS = 150;

/**
 * Passes arriving segments that a client sends under route optimisation (RFC 6275 §6.4) to this home address and port, with an acknowledgement, neither opening
 * nor resetting a connection: of all its connections but those from `exceptPorts`, of which the first 150 are looked at. `ACKNOWLEDGEMENT_OCTETS` of each.
 */
export function routedSegmentFilter(
  client: Ipv6Address,
  local: SocketEndpoint,
  exceptPorts: readonly number[],
): FilterInstruction[] {
  return [
    load(1, PACKET_TYPE),
    ifEqual(OUTGOING, 'drop', 0),
    ...isAddress(client, IPV6_LAYOUT.source.at),
    load(1, IPV6_LAYOUT.nextHeader.at),
    ifEqual(NextHeader.routing, 0, 'drop'),
    load(1, IPV6_HEADER_OCTETS + EXTENSION_LAYOUT.nextHeader.at),
    ifEqual(NextHeader.tcp, 0, 'drop'),
    ...isAddress(local.address, IPV6_HEADER_OCTETS + TYPE2_HOME_ADDRESS_AT),
    setIndex(ROUTED),
    load(2, TCP_LAYOUT.destinationPort.at, true),
    ifEqual(local.port, 0, 'drop'),
    load(1, TCP_LAYOUT.flags.at, true),
    ifAnyBit(TCP_FLAG.ack, 0, 'drop'),
    ifAnyBit(TCP_FLAG.syn | TCP_FLAG.rst, 'drop', 0),
    load(2, TCP_LAYOUT.sourcePort.at, true),
    ...exceptPorts.slice(0, MOST_PORTS).map((port) => ifEqual(port, 'drop', 0)),
    accept(LONGEST),
  ];
}

/** Leaves the flags loaded. */
function ofConnection(remote: SocketEndpoint, localPort: number): FilterInstruction[] {
  return [
    load(1, PACKET_TYPE),
    ifEqual(OUTGOING, 'drop', 0),
    ...isAddress(remote.address, IPV6_LAYOUT.source.at),
    load(1, IPV6_LAYOUT.nextHeader.at),
    ifEqual(NextHeader.tcp, 0, 2),
    setIndex(DIRECT),
    skip(4),
    ifEqual(NextHeader.routing, 0, 'drop'),
    load(1, IPV6_HEADER_OCTETS + EXTENSION_LAYOUT.nextHeader.at),
    ifEqual(NextHeader.tcp, 0, 'drop'),
    setIndex(ROUTED),
    load(2, TCP_LAYOUT.sourcePort.at, true),
    ifEqual(remote.port, 0, 'drop'),
    load(2, TCP_LAYOUT.destinationPort.at, true),
    ifEqual(localPort, 0, 'drop'),
    load(1, TCP_LAYOUT.flags.at, true),
  ];
}

/** The acknowledgement number of a packet that passed the filter. */
export function acknowledgementNumber(packet: Buffer): number {
  return packet.readUInt32BE(tcpHeaderAt(packet) + TCP_LAYOUT.acknowledgement.at);
}

/** Where the TCP header of a packet is that passed a filter of these. */
export function tcpHeaderAt(packet: Uint8Array): number {
  return packet[IPV6_LAYOUT.nextHeader.at] === NextHeader.tcp ? DIRECT : ROUTED;
}

/** Octets of a packet to read. */
export const ACKNOWLEDGEMENT_OCTETS = LONGEST;

function isAddress(address: Ipv6Address, offset: number): FilterInstruction[] {
  const octets = Buffer.from(ipv6ToBytes(address));
  return [0, 4, 8, 12].flatMap((at) => [load(4, offset + at), ifEqual(octets.readUInt32BE(at), 0, 'drop')]);
}

/** Sequence numbers wrap: the difference's sign tells which is later (RFC 9293 §3.4). */
function acknowledging(target: number): FilterInstruction[] {
  return [load(4, TCP_LAYOUT.acknowledgement.at, true), subtract(target), ifAnyBit(SIGN, 'drop', 0)];
}
