import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { attachFilter, DROP_ALL } from '../packet-filter.ts';
import { AF_INET6, rawAddress } from '../socket-address.ts';
import {
  bindSocket,
  closeDescriptor,
  openSocket,
  SOCK_RAW,
  sendDatagram,
  setNumberOption,
} from '../socket-libc.ts';
import { IPV6_CHECKSUM, IPV6_FREEBIND } from '../socket-options.ts';
import { type BareSegment, encodeSegment, SEGMENT_CHECKSUM_AT } from './segment.ts';

const IPPROTO_TCP = 6;

/**
 * Sends one segment that no socket of this host has made, by the routes and policies that a socket's own would take; to an address of
 * this host's it has mostly arrived when the call returns. `source` may be any address. Throws LabError without CAP_NET_RAW or a route.
 */
export function sendSegment(source: Ipv6Address, destination: Ipv6Address, segment: BareSegment): void {
  const what = `TCP segment ${source} → ${destination}`;
  const descriptor = openSocket(AF_INET6, SOCK_RAW, IPPROTO_TCP, what);
  try {
    // It would get a copy of all that arrives.
    attachFilter(descriptor, DROP_ALL);
    setNumberOption(descriptor, IPV6_CHECKSUM, SEGMENT_CHECKSUM_AT);
    setNumberOption(descriptor, IPV6_FREEBIND, 1);
    bindSocket(descriptor, rawAddress(source), what);
    sendDatagram(descriptor, encodeSegment(segment), rawAddress(destination), what);
  } finally {
    closeDescriptor(descriptor);
  }
}
