import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { upperLayerChecksum } from '../../mip6/wire/checksum.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { readIpv6Header, walkExtensionHeaders } from '../../mip6/wire/header-walk.ts';
import { homeAddressIn } from '../../mip6/wire/ipv6-options.ts';
import { TCP_FLAG, TCP_HEADER_OCTETS, TCP_LAYOUT, tcpHeaderOctets } from '../../mip6/wire/tcp-header.ts';
import { isType2RoutingHeader, parseType2RoutingHeader } from '../../mip6/wire/type2-routing-header.ts';
import type { SocketEndpoint } from '../socket-address.ts';
import { timestampsIn } from './segment-options.ts';

/** A segment of a connection, with what it brings of its sender's stream. */
interface SegmentInput {
  readonly sequence: number;
  /** 32 bits */
  readonly acknowledgement: number;
  /** TSval; undefined: the segment has none */
  readonly timestamp: number | undefined;
  readonly octets: Uint8Array;
  /** FIN */
  readonly ends: boolean;
}

/** Whose packet it is, as the kernel will see it behind its extension headers. */
export interface SegmentEnds {
  readonly from: SocketEndpoint;
  readonly to: SocketEndpoint;
}

/**
 * What becomes of a packet: `harmless`, whosever it is: the kernel takes no octet of a stream from it as it is; `unreadable`: it may, and which cannot be said here,
 * nor, without `ends`, of which connection.
 */
type Reading =
  | { readonly kind: 'harmless' }
  | { readonly kind: 'unreadable'; readonly ends?: SegmentEnds }
  | ReadSegment;

export interface ReadSegment {
  readonly kind: 'input';
  readonly ends: SegmentEnds;
  readonly input: SegmentInput;
}

const harmless: Reading = { kind: 'harmless' };

/** Reads a packet from its IPv6 header on, as a queue of the packet filter gives it. Whatever is not surely harmless is input, or `unreadable`. */
export function segmentInput(packet: Uint8Array): Reading {
  try {
    return read(packet);
  } catch (error) {
    if (error instanceof DecodeError) return { kind: 'unreadable' };
    throw error;
  }
}

function read(packet: Uint8Array): Reading {
  const { source, destination, nextHeader, end } = readIpv6Header(packet);
  // The queue copies 65,531 octets of a packet.
  if (end > packet.length) return { kind: 'unreadable' };
  const { upper, from, to } = readAddresses(packet, { source, destination, nextHeader, end });
  // The kernel opens it, and what was in it comes by here once more.
  if (upper.nextHeader === NextHeader.authentication || upper.nextHeader === NextHeader.esp) return harmless;
  if (upper.nextHeader !== NextHeader.tcp || upper.at + TCP_HEADER_OCTETS > end)
    return { kind: 'unreadable' };
  const segment = Buffer.from(packet.buffer, packet.byteOffset + upper.at, end - upper.at);
  const ends: SegmentEnds = {
    from: { address: from, port: segment.readUInt16BE(TCP_LAYOUT.sourcePort.at) },
    to: { address: to, port: segment.readUInt16BE(TCP_LAYOUT.destinationPort.at) },
  };
  if (upper.isFragment) return { kind: 'unreadable', ends };
  const header = tcpHeaderOctets(segment, 0);
  const flags = segment[TCP_LAYOUT.flags.at]!;
  if (header < TCP_HEADER_OCTETS || header > segment.length) return { kind: 'unreadable', ends };
  // A reset brings nothing, and so does what opens a connection.
  if ((flags & (TCP_FLAG.rst | TCP_FLAG.syn)) !== 0) return harmless;
  const octets = segment.subarray(header);
  const brings = octets.length > 0 || (flags & TCP_FLAG.fin) !== 0;
  if (!brings) return harmless;
  // Without an acknowledgement it is dropped (RFC 9293 §3.10.7.4); should the checksum be right by another reading than this one, it is not this one's.
  if ((flags & TCP_FLAG.ack) === 0 || upperLayerChecksum(segment, from, to, NextHeader.tcp) !== 0)
    return { kind: 'unreadable', ends };
  return { kind: 'input', ends, input: inputOf(segment, octets) };
}

function inputOf(segment: Buffer, octets: Buffer): SegmentInput {
  return {
    sequence: segment.readUInt32BE(TCP_LAYOUT.sequence.at),
    acknowledgement: segment.readUInt32BE(TCP_LAYOUT.acknowledgement.at),
    timestamp: timestampsIn(segment.subarray(TCP_HEADER_OCTETS, segment.length - octets.length))?.value,
    octets,
    ends: (segment[TCP_LAYOUT.flags.at]! & TCP_FLAG.fin) !== 0,
  };
}

/** Source and final destination, which the checksum is over too (RFC 8200 §8.1): by a Home Address option (RFC 6275 §6.3), and a type 2 routing header (§6.4). */
function readAddresses(
  packet: Uint8Array,
  { source, destination, nextHeader, end }: ReturnType<typeof readIpv6Header>,
): { upper: ReturnType<typeof walkExtensionHeaders>; from: Ipv6Address; to: Ipv6Address } {
  let [from, to] = [source, destination];
  const upper = walkExtensionHeaders(packet, { nextHeader, end }, (type, at, next) => {
    if (type === NextHeader.destinationOptions) from = homeAddressIn(packet, at, next) ?? from;
    if (type === NextHeader.routing && isType2RoutingHeader(packet, at))
      to = parseType2RoutingHeader(packet, at).homeAddress;
  });
  return { upper, from, to };
}
