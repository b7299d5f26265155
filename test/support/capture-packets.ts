import { type Ipv6Address, ipv6ToBytes } from '../../mip6/wire/address.ts';
import { upperLayerChecksum } from '../../mip6/wire/checksum.ts';
import type { MobilityMessage } from '../../mip6/wire/messages.ts';
import { emitMobilityHeader } from '../../mip6/wire/mobility-header.ts';

/** An upper-layer packet with the number of its protocol. */
export interface Payload {
  readonly protocol: number;
  readonly bytes: Buffer;
}

export interface SegmentFields {
  readonly from: number;
  readonly to: number;
  readonly seq: number;
  readonly ack?: number;
  readonly flags: number;
  readonly window?: number;
  /** a multiple of 4 octets */
  readonly options?: Uint8Array;
  readonly payload?: Uint8Array;
}

/** An IPv6 packet, octet by octet: nothing of mip6/wire's IPv6 codec is used. */
export function ipv6Packet(
  source: Ipv6Address,
  destination: Ipv6Address,
  { protocol, bytes }: Payload,
): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(bytes.length, 4);
  header[6] = protocol;
  header[7] = 64;
  header.set(ipv6ToBytes(source), 8);
  header.set(ipv6ToBytes(destination), 24);
  return Buffer.concat([header, bytes]);
}

/** IPv6 in IPv6. */
export function tunnelled(source: Ipv6Address, destination: Ipv6Address, packet: Buffer): Buffer {
  return ipv6Packet(source, destination, { protocol: 41, bytes: packet });
}

/** `inner` behind a Home Address option (RFC 6275 §6.3). */
export function withHomeAddress(home: Ipv6Address, inner: Payload): Payload {
  const header = Buffer.from([inner.protocol, 2, 1, 2, 0, 0, 0xc9, 16]);
  return { protocol: 60, bytes: Buffer.concat([header, ipv6ToBytes(home), inner.bytes]) };
}

/** `inner` behind a type 2 routing header (RFC 6275 §6.4). */
export function withRouting(home: Ipv6Address, inner: Payload): Payload {
  const header = Buffer.from([inner.protocol, 2, 2, 1, 0, 0, 0, 0]);
  return { protocol: 43, bytes: Buffer.concat([header, ipv6ToBytes(home), inner.bytes]) };
}

/** A TCP segment; the checksum is over the addresses of the connection's ends. */
export function tcpSegment(source: Ipv6Address, destination: Ipv6Address, fields: SegmentFields): Payload {
  const { from, to, seq, ack = 0, flags, window = 1000 } = fields;
  const { options = new Uint8Array(0), payload = new Uint8Array(0) } = fields;
  const headerOctets = 20 + options.length;
  const bytes = Buffer.alloc(headerOctets + payload.length);
  bytes.writeUInt16BE(from, 0);
  bytes.writeUInt16BE(to, 2);
  bytes.writeUInt32BE(seq >>> 0, 4);
  bytes.writeUInt32BE(ack >>> 0, 8);
  bytes[12] = (headerOctets / 4) << 4;
  bytes[13] = flags;
  bytes.writeUInt16BE(window, 14);
  bytes.set(options, 20);
  bytes.set(payload, headerOctets);
  bytes.writeUInt16BE(upperLayerChecksum(bytes, source, destination, 6), 16);
  return { protocol: 6, bytes };
}

export function mobilityPacket(
  source: Ipv6Address,
  destination: Ipv6Address,
  message: MobilityMessage,
): Payload {
  return { protocol: 135, bytes: Buffer.from(emitMobilityHeader(message, { source, destination })) };
}

/** A frame of the member-to-member channel: length of what follows, type, body of zeros. */
export function channelFrame(type: number, bodyOctets: number, ofContact: string = ''): Buffer {
  const wrapping = Buffer.from(ofContact === '' ? '' : `2d${ofContact}`, 'hex');
  const frame = Buffer.alloc(5 + wrapping.length + bodyOctets);
  frame.writeUInt32BE(1 + wrapping.length + bodyOctets, 0);
  frame.set(wrapping, 4);
  frame[4 + wrapping.length] = type;
  return frame;
}
