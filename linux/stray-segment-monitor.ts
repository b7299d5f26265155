import { type Ipv6Address, ipv6FromBytes } from '../mip6/wire/address.ts';
import { NextHeader } from '../mip6/wire/constants.ts';
import { IPV6_HEADER_OCTETS, IPV6_LAYOUT } from '../mip6/wire/header-walk.ts';
import type { FdPoller } from './fd-poller.ts';
import {
  accept,
  attachFilter,
  type FilterInstruction,
  ifEqual,
  load,
  MOST_ADDRESSES,
  OUTGOING,
  PACKET_TYPE,
  skip,
  whenAddress,
} from './packet-filter.ts';
import { openPacketSocket } from './packet-socket.ts';
import { receiveOctets } from './socket-libc.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

/**
 * Tells of TCP segments that come to `homeAddress` as it is, and from chosen clients: those of a client with a binding come to a care-of
 * address, with a routing header. The kernel picks them, so that other traffic wakes nobody; without clients there is no socket.
 */
export class StraySegmentMonitor {
  /** Called for each one, with its client. */
  onSegment: (client: Ipv6Address) => void = () => undefined;
  readonly #poller: FdPoller;
  readonly #homeAddress: Ipv6Address;
  readonly #packet = Buffer.alloc(IPV6_HEADER_OCTETS);
  #socket: WatchedDescriptor | undefined;
  #clients: ReadonlySet<Ipv6Address> = new Set();

  constructor(poller: FdPoller, homeAddress: Ipv6Address) {
    this.#poller = poller;
    this.#homeAddress = homeAddress;
  }

  /** These clients from now on, and no others. Throws LabError. */
  watch(clients: readonly Ipv6Address[]): void {
    this.#clients = new Set(clients);
    if (clients.length === 0) {
      this.close();
      return;
    }
    const filter = segmentsOf(clients, this.#homeAddress);
    if (this.#socket !== undefined) {
      attachFilter(this.#socket.number, filter);
      return;
    }
    const descriptor = openPacketSocket(filter);
    this.#socket = new WatchedDescriptor(this.#poller, descriptor, () => this.#takeOne(descriptor));
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #takeOne(descriptor: number): boolean {
    const length = receiveOctets(descriptor, this.#packet, 0, 'stray segment');
    if (length < 0) return false;
    if (length < IPV6_HEADER_OCTETS) return true;
    const client = ipv6FromBytes(this.#packet, IPV6_LAYOUT.source.at);
    // Packets of a filter before this one may still be queued.
    if (this.#clients.has(client)) this.onSegment(client);
    return true;
  }
}

/** TCP from one of the clients; from anybody, when they are too many for a filter. */
export function segmentsOf(
  clients: readonly Ipv6Address[],
  homeAddress: Ipv6Address,
): readonly FilterInstruction[] {
  const from =
    clients.length > MOST_ADDRESSES
      ? [accept(IPV6_HEADER_OCTETS)]
      : clients.flatMap((client) => whenAddress(client, IPV6_LAYOUT.source.at, IPV6_HEADER_OCTETS));
  return [
    ...[load(1, PACKET_TYPE), ifEqual(OUTGOING, 0, 1), accept(0)],
    ...[load(1, IPV6_LAYOUT.nextHeader.at), ifEqual(NextHeader.tcp, 1, 0), accept(0)],
    ...[...whenAddress(homeAddress, IPV6_LAYOUT.destination.at, 0).slice(0, -1), skip(1), accept(0)],
    ...from,
  ];
}
