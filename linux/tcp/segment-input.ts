import { type Ipv6Address, ipv6FromBytes } from '../../mip6/wire/address.ts';
import { upperLayerChecksum } from '../../mip6/wire/checksum.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { readIpv6Header, walkExtensionHeaders } from '../../mip6/wire/header-walk.ts';
import { TCP_FLAG, TCP_HEADER_OCTETS, TCP_LAYOUT, tcpHeaderOctets } from '../../mip6/wire/tcp-header.ts';
import { TYPE2_ROUTING_HEADER_OCTETS } from '../../mip6/wire/type2-routing-header.ts';

/** What a segment brings of its sender's stream. */
interface SegmentInput {
  readonly source: Ipv6Address;
  readonly sourcePort: number;
  /** of the first octet; 32 bits */
  readonly sequence: number;
  readonly octets: Uint8Array;
  /** FIN */
  readonly ends: boolean;
}

/**
 * Reads a packet from its IPv6 header on, as a queue of the packet filter gives it. `nothing`: the kernel takes nothing of the stream from it, whatever becomes of
 * it; `unreadable`: it could, of a whole packet, and here only a piece is seen.
 */
export function segmentInput(packet: Uint8Array): SegmentInput | 'nothing' | 'unreadable' {
  try {
    return read(packet);
  } catch (error) {
    if (error instanceof DecodeError) return 'nothing';
    throw error;
  }
}

function read(packet: Uint8Array): SegmentInput | 'nothing' | 'unreadable' {
  const { source, destination, nextHeader, end } = readIpv6Header(packet);
  if (end > packet.length) return 'nothing';
  let to = destination;
  const upper = walkExtensionHeaders(packet, { nextHeader, end }, (type, at, next) => {
    // RFC 8200 §8.1: the checksum is over the final destination.
    if (type === NextHeader.routing && next - at === TYPE2_ROUTING_HEADER_OCTETS)
      to = ipv6FromBytes(packet, next - 16);
  });
  if (upper.isFragment) return 'unreadable';
  if (upper.nextHeader !== NextHeader.tcp || upper.at + TCP_HEADER_OCTETS > end) return 'nothing';
  const segment = Buffer.from(packet.buffer, packet.byteOffset + upper.at, end - upper.at);
  const header = tcpHeaderOctets(segment, 0);
  const flags = segment[TCP_LAYOUT.flags.at]!;
  if (header < TCP_HEADER_OCTETS || header > segment.length) return 'nothing';
  // A reset brings nothing, and so does what opens a connection.
  if ((flags & (TCP_FLAG.rst | TCP_FLAG.syn)) !== 0) return 'nothing';
  if (upperLayerChecksum(segment, source, to, NextHeader.tcp) !== 0) return 'nothing';
  const octets = segment.subarray(header);
  const ends = (flags & TCP_FLAG.fin) !== 0;
  if (octets.length === 0 && !ends) return 'nothing';
  return {
    source,
    sourcePort: segment.readUInt16BE(TCP_LAYOUT.sourcePort.at),
    sequence: segment.readUInt32BE(TCP_LAYOUT.sequence.at),
    octets,
    ends,
  };
}
