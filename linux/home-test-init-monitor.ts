import { type Ipv6Address, ipv6FromBytes } from '../mip6/wire/address.ts';
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

/** Home Test Init right behind the IPv6 header (RFC 6275 §6.1.3): offsets from the IPv6 header, in octets. */
const PACKET = { nextHeader: 6, source: 8, destination: 24, mhType: 42, homeInitCookie: 48, octets: 56 };
const IPPROTO_MH = 135;
const HOME_TEST_INIT = 1;

const INCOMING_HOME_TEST_INIT: readonly FilterInstruction[] = [
  load(1, PACKET_TYPE),
  ifEqual(OUTGOING, 'drop', 0),
  load(1, PACKET.nextHeader),
  ifEqual(IPPROTO_MH, 0, 'drop'),
  load(1, PACKET.mhType),
  ifEqual(HOME_TEST_INIT, 0, 'drop'),
  accept(PACKET.octets),
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
  readonly #packet = Buffer.alloc(PACKET.octets);

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
    if (length < PACKET.octets) return true;
    this.onHomeTestInit({
      interface: name,
      source: ipv6FromBytes(this.#packet, PACKET.source),
      destination: ipv6FromBytes(this.#packet, PACKET.destination),
      homeInitCookie: Uint8Array.from(this.#packet.subarray(PACKET.homeInitCookie, PACKET.octets)),
    });
    return true;
  }
}
