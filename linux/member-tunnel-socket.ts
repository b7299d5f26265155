import { type Ipv6Address, ipv6ToBytes } from '../mip6/wire/address.ts';
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
export interface MobilityPacket {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /** the whole Mobility Header with its checksum, which covers these addresses */
  readonly bytes: Uint8Array;
}

const IPPROTO_IPV6 = 41;
const IPPROTO_MH = 135;
const HOP_LIMIT = 64;
/** IPv6 header (RFC 8200 §3): offsets and size in octets. */
const IPV6 = {
  version: 0,
  payloadLength: 4,
  nextHeader: 6,
  hopLimit: 7,
  source: 8,
  destination: 24,
  octets: 40,
};

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
    this.#descriptor = openSocket(AF_INET6, SOCK_RAW, IPPROTO_IPV6, 'IPv6 in IPv6');
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
  const packet = Buffer.alloc(IPV6.octets + bytes.length);
  packet[IPV6.version] = 6 << 4;
  packet.writeUInt16BE(bytes.length, IPV6.payloadLength);
  packet[IPV6.nextHeader] = IPPROTO_MH;
  packet[IPV6.hopLimit] = HOP_LIMIT;
  packet.set(ipv6ToBytes(source), IPV6.source);
  packet.set(ipv6ToBytes(destination), IPV6.destination);
  packet.set(bytes, IPV6.octets);
  return packet;
}
