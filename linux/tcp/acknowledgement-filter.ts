import { ipv6ToBytes } from '../../mip6/wire/address.ts';
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

const IPV6 = { nextHeader: 6, source: 8, octets: 40 };
/** A type 2 routing header (RFC 6275 §6.4), under route optimisation between IPv6 and TCP header. */
const ROUTING_HEADER = { nextHeader: IPV6.octets, octets: 24 };
const TCP = { sourcePort: 0, destinationPort: 2, acknowledgement: 8, flags: 13, octets: 20 };
const IPPROTO_TCP = 6;
const IPPROTO_ROUTING = 43;
const RST = 0x04;
const ACK = 0x10;
const SIGN = 0x80000000;
const LONGEST = IPV6.octets + ROUTING_HEADER.octets + TCP.octets;

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
    ifAnyBit(ACK, 0, 'drop'),
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
  return [...ofConnection(remote, localPort), ifAnyBit(ACK | RST, 0, 'drop'), accept(octets)];
}

/** Leaves the flags loaded. */
function ofConnection(remote: SocketEndpoint, localPort: number): FilterInstruction[] {
  return [
    load(1, PACKET_TYPE),
    ifEqual(OUTGOING, 'drop', 0),
    ...fromAddress(remote),
    load(1, IPV6.nextHeader),
    ifEqual(IPPROTO_TCP, 0, 2),
    setIndex(IPV6.octets),
    skip(4),
    ifEqual(IPPROTO_ROUTING, 0, 'drop'),
    load(1, ROUTING_HEADER.nextHeader),
    ifEqual(IPPROTO_TCP, 0, 'drop'),
    setIndex(IPV6.octets + ROUTING_HEADER.octets),
    load(2, TCP.sourcePort, true),
    ifEqual(remote.port, 0, 'drop'),
    load(2, TCP.destinationPort, true),
    ifEqual(localPort, 0, 'drop'),
    load(1, TCP.flags, true),
  ];
}

/** The acknowledgement number of a packet that passed the filter. */
export function acknowledgementNumber(packet: Buffer): number {
  const direct = packet[IPV6.nextHeader] === IPPROTO_TCP;
  return packet.readUInt32BE(IPV6.octets + (direct ? 0 : ROUTING_HEADER.octets) + TCP.acknowledgement);
}

/** Octets of a packet to read. */
export const ACKNOWLEDGEMENT_OCTETS = LONGEST;

function fromAddress(remote: SocketEndpoint): FilterInstruction[] {
  const address = Buffer.from(ipv6ToBytes(remote.address));
  return [0, 4, 8, 12].flatMap((at) => [
    load(4, IPV6.source + at),
    ifEqual(address.readUInt32BE(at), 0, 'drop'),
  ]);
}

/** Sequence numbers wrap: the difference's sign tells which is later (RFC 9293 §3.4). */
function acknowledging(target: number): FilterInstruction[] {
  return [load(4, TCP.acknowledgement, true), subtract(target), ifAnyBit(SIGN, 'drop', 0)];
}
