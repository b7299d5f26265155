import { type Ipv6Address, ipv6FromBytes } from '../mip6/wire/address.ts';
import { MhType, NextHeader } from '../mip6/wire/constants.ts';
import { IPV6_HEADER_OCTETS, IPV6_LAYOUT } from '../mip6/wire/header-walk.ts';
import { homeTestInit } from '../mip6/wire/home-test-init.ts';
import { MOBILITY_HEADER_LAYOUT } from '../mip6/wire/message-frame.ts';
import type { FdPoller } from './fd-poller.ts';
import { accept, type FilterInstruction, ifEqual, load, OUTGOING, PACKET_TYPE } from './packet-filter.ts';
import { openPacketSocket } from './packet-socket.ts';
import { interfaceIndex, receiveOctets } from './socket-libc.ts';
import { WatchedDescriptor } from './watched-descriptor.ts';

/** A Home Test Init that came in by a member tunnel, on its way to the client. */
export interface SeenHomeTestInit {
  /** the interface it came in by: tells which member sent it */
  readonly interface: string;
  /** the home address */
  readonly source: Ipv6Address;
  /** the client */
  readonly destination: Ipv6Address;
  /** 8 octets */
  readonly homeInitCookie: Uint8Array;
}

/** Of a packet with a Home Test Init right behind its IPv6 header. */
const PACKET_OCTETS = IPV6_HEADER_OCTETS + homeTestInit.optionsAt;
const MH_TYPE = IPV6_HEADER_OCTETS + MOBILITY_HEADER_LAYOUT.mhType.at;

const INCOMING_HOME_TEST_INIT: readonly FilterInstruction[] = [
  load(1, PACKET_TYPE),
  ifEqual(OUTGOING, 'drop', 0),
  load(1, IPV6_LAYOUT.nextHeader.at),
  ifEqual(NextHeader.mobilityHeader, 0, 'drop'),
  load(1, MH_TYPE),
  ifEqual(MhType.homeTestInit, 0, 'drop'),
  accept(PACKET_OCTETS),
];

/**
 * Tells the contact node which acceptor's Home Test Init it forwards: the paper's list of pending handoffs (§4.2).
 * The kernel picks the packets by a filter, so that other traffic wakes nobody.
 */
export class HomeTestInitMonitor {
  /** Called for each one seen. */
  onHomeTestInit: (seen: SeenHomeTestInit) => void = () => undefined;
  readonly #poller: FdPoller;
  readonly #sockets = new Map<string, WatchedDescriptor>();
  readonly #packet = Buffer.alloc(PACKET_OCTETS);

  private constructor(poller: FdPoller) {
    this.#poller = poller;
  }

  /** Watches existing interfaces, by name. Throws LabError when one does not exist. */
  static open(poller: FdPoller, interfaces: readonly string[]): HomeTestInitMonitor {
    const monitor = new HomeTestInitMonitor(poller);
    for (const name of interfaces) monitor.add(name);
    return monitor;
  }

  /** Watches one more interface. Throws LabError when it does not exist. */
  add(name: string): void {
    const descriptor = openPacketSocket(INCOMING_HOME_TEST_INIT, interfaceIndex(name));
    this.#sockets.set(
      name,
      new WatchedDescriptor(this.#poller, descriptor, () => this.#takeOne(descriptor, name)),
    );
  }

  /** This interface is about to go. */
  remove(name: string): void {
    this.#sockets.get(name)?.close();
    this.#sockets.delete(name);
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #takeOne(descriptor: number, name: string): boolean {
    const length = receiveOctets(descriptor, this.#packet, 0, `Home Test Init on ${name}`);
    if (length < 0) return false;
    if (length < PACKET_OCTETS) return true;
    this.onHomeTestInit({
      interface: name,
      source: ipv6FromBytes(this.#packet, IPV6_LAYOUT.source.at),
      destination: ipv6FromBytes(this.#packet, IPV6_LAYOUT.destination.at),
      homeInitCookie: homeTestInit.parse(this.#packet.subarray(IPV6_HEADER_OCTETS)).homeInitCookie,
    });
    return true;
  }
}
