import { NextHeader } from '../mip6/wire/constants.ts';
import { AF_INET6 } from './socket-address.ts';
import { openSocket, SOCK_RAW, setOption } from './socket-libc.ts';
import type { SocketOption } from './socket-options.ts';

/** `struct icmp6_filter` (RFC 3542 §3.2): one bit a type; on Linux a set bit blocks. */
const ICMP6_FILTER: SocketOption = { level: NextHeader.icmpv6, number: 1, name: 'ICMP6_FILTER' };
const FILTER_OCTETS = 32;
const BITS = 32;

/** A raw socket that hears ICMPv6 messages of this type alone. Throws LabError without CAP_NET_RAW. */
export function openIcmpv6Socket(type: number, what: string): number {
  const descriptor = openSocket(AF_INET6, SOCK_RAW, NextHeader.icmpv6, what);
  const filter = Buffer.alloc(FILTER_OCTETS, 0xff);
  filter.writeUInt32LE(~(1 << (type % BITS)) >>> 0, 4 * Math.floor(type / BITS));
  setOption(descriptor, ICMP6_FILTER, filter);
  return descriptor;
}
