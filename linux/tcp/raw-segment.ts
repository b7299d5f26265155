import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { TCP_LAYOUT } from '../../mip6/wire/tcp-header.ts';
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
import { type BareSegment, encodeSegment } from './segment.ts';
import { setSocketMark } from './socket-mark.ts';

/**
 * Sends one segment that no socket of this host has made, by the routes and policies that a socket's own would take; to an address of
 * this host's it has mostly arrived when the call returns. `source` may be any address, `mark` is the packet's (SO_MARK). Throws LabError without CAP_NET_RAW or a route.
 */
export function sendSegment(
  source: Ipv6Address,
  destination: Ipv6Address,
  segment: BareSegment,
  mark?: number,
): void {
  const what = `TCP segment ${source} → ${destination}`;
  const descriptor = openSocket(AF_INET6, SOCK_RAW, NextHeader.tcp, what);
  try {
    // It would get a copy of all that arrives.
    attachFilter(descriptor, DROP_ALL);
    // The kernel computes it.
    setNumberOption(descriptor, IPV6_CHECKSUM, TCP_LAYOUT.checksum.at);
    setNumberOption(descriptor, IPV6_FREEBIND, 1);
    if (mark !== undefined) setSocketMark(descriptor, mark);
    bindSocket(descriptor, rawAddress(source), what);
    sendDatagram(descriptor, encodeSegment(segment), rawAddress(destination), what);
  } finally {
    closeDescriptor(descriptor);
  }
}
