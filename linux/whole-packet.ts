import type { Ipv6Address } from '../mip6/wire/address.ts';
import { attachFilter, DROP_ALL } from './packet-filter.ts';
import { AF_INET6, rawAddress } from './socket-address.ts';
import { closeDescriptor, openSocket, SOCK_RAW, sendDatagram } from './socket-libc.ts';

/** A protocol number of its own (raw(7)): what is sent has its IPv6 header already. */
const IPPROTO_RAW = 255;

/** Sends an IPv6 packet as it is, by this host's routes to `destination`, whoever it says that it is from. Throws LabError. */
export function sendWholePacket(octets: Uint8Array, destination: Ipv6Address): void {
  const what = `packet to ${destination}`;
  const descriptor = openSocket(AF_INET6, SOCK_RAW, IPPROTO_RAW, what);
  try {
    attachFilter(descriptor, DROP_ALL);
    sendDatagram(descriptor, octets, rawAddress(destination), what);
  } finally {
    closeDescriptor(descriptor);
  }
}
