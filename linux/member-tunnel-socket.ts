import type { Ipv6Address } from '../mip6/wire/address.ts';
import { NextHeader } from '../mip6/wire/constants.ts';
import { emitIpv6 } from '../mip6/wire/ipv6-packet.ts';
import { LabError } from './lab-error.ts';
import { attachFilter, DROP_ALL } from './packet-filter.ts';
import { AF_INET6, rawAddress } from './socket-address.ts';
import {
  bindSocket,
  closeDescriptor,
  openSocket,
  SOCK_RAW,
  sendDatagram,
  WOULD_BLOCK,
} from './socket-libc.ts';

/** A Mobility Header with the addresses of the packet it came in. */
interface MobilityPacket {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** the whole Mobility Header with its checksum, which covers these addresses */
  readonly bytes: Uint8Array;
}

/**
 * Sends packets into other members' tunnels past this node's own routing: as IPv6 in IPv6 from a care-of address
 * (paper §4.2: the contact node passes a Home Test on to the acceptor it is for).
 */
export class MemberTunnelSocket {
  readonly #descriptor: number;
  readonly #careOfAddress: Ipv6Address;
  #closed = false;

  private constructor(careOfAddress: Ipv6Address) {
    this.#careOfAddress = careOfAddress;
    this.#descriptor = openSocket(AF_INET6, SOCK_RAW, NextHeader.ipv6, 'IPv6 in IPv6');
    // A raw socket also gets a copy of every tunnelled packet that arrives.
    attachFilter(this.#descriptor, DROP_ALL);
    bindSocket(this.#descriptor, rawAddress(careOfAddress), `IPv6 in IPv6 from ${careOfAddress}`);
  }

  /** Opens the socket; `careOfAddress`: this node's end of the tunnels. Throws LabError. */
  static open(careOfAddress: Ipv6Address): MemberTunnelSocket {
    return new MemberTunnelSocket(careOfAddress);
  }

  /** Sends `packet` to the member at `to`; `from` is the care-of address given to `open`. Throws LabError. */
  relay(packet: MobilityPacket, from: Ipv6Address, to: Ipv6Address): void {
    if (from !== this.#careOfAddress) {
      throw new LabError(`a relay from ${from} over a socket of ${this.#careOfAddress}`, {
        remedy: 'open one socket per address',
      });
    }
    const sent = sendDatagram(
      this.#descriptor,
      mobilityPacket(packet),
      rawAddress(to),
      `relay ${from} → ${to}`,
    );
    if (sent === WOULD_BLOCK)
      throw new LabError(`the relay to ${to} is full`, { command: 'sendto', remedy: 'send less at once' });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeDescriptor(this.#descriptor);
  }
}

/** The IPv6 packet that carried a Mobility Header, without extension headers. */
export function mobilityPacket({ source, destination, bytes }: MobilityPacket): Uint8Array {
  return emitIpv6({ source, destination, nextHeader: NextHeader.mobilityHeader, payload: bytes });
}
