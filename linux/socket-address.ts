import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes, UNSPECIFIED } from '../mip6/wire/address.ts';

export const AF_INET6 = 10;
export const AF_PACKET = 17;

/** One end of a connection, or the peer of a datagram. */
export interface SocketEndpoint {
  readonly address: Ipv6Address;
  /** 0 for raw sockets */
  readonly port: number;
}

/** Octets of a `sockaddr_in6`: family 2, port 2, flow information 4, address 16, scope 4. */
export const SOCKADDR_IN6_OCTETS = 28;

/** `endpoint` as a `sockaddr_in6` (RFC 3493 §3.3), without flow information; `scope` names the link of a link-local address. */
export function encodeSocketAddress({ address, port }: SocketEndpoint, scope = 0): Buffer {
  const octets = Buffer.alloc(SOCKADDR_IN6_OCTETS);
  octets.writeUInt16LE(AF_INET6, 0);
  octets.writeUInt16BE(port, 2);
  octets.set(ipv6ToBytes(address), 8);
  octets.writeUInt32LE(scope, 24);
  return octets;
}

/** The endpoint in a `sockaddr_in6`; undefined for another family. IPv4-mapped addresses are returned as such. */
export function decodeSocketAddress(octets: Buffer): SocketEndpoint | undefined {
  if (octets.length < SOCKADDR_IN6_OCTETS || octets.readUInt16LE(0) !== AF_INET6) return undefined;
  return { address: ipv6FromBytes(octets, 8), port: octets.readUInt16BE(2) };
}

/** A `sockaddr_in6` of a raw socket's peer or own address. */
export function rawAddress(address: Ipv6Address = UNSPECIFIED): Buffer {
  return encodeSocketAddress({ address, port: 0 });
}
