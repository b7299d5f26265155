import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { AddressBook } from './address-book.ts';
import type { AddressPair } from './header-walk.ts';
import { HeaderWalk } from './header-walk.ts';
import { etherTypes, malformedLink } from './link-types.ts';
import type { CapturedPacket } from './pcap-reader.ts';
import { readUpper, type Upper } from './upper-layer.ts';

/** An IPv6 packet as the mobility headers mean it. */
export interface LogicalPacket {
  readonly kind: 'ipv6';
  /** IPv6-in-IPv6 headers around the innermost one, outermost first */
  readonly tunnels: readonly AddressPair[];
  /** the outermost header's addresses: what routers on the way see */
  readonly outer: AddressPair;
  /** the innermost header's addresses as they stand on the wire: care-of addresses under route optimisation */
  readonly network: AddressPair;
  /** Home Address option of the innermost header (RFC 6275 §6.3) */
  readonly homeAddress: Ipv6Address | undefined;
  /** type 2 routing header of the innermost header with a segment left (RFC 6275 §6.4) */
  readonly routedTo: Ipv6Address | undefined;
  /** `homeAddress` in place of the network source, if there is one */
  readonly source: Ipv6Address;
  /** `routedTo` in place of the network destination, if there is one */
  readonly destination: Ipv6Address;
  readonly upper: Upper;
}

/** A packet whose headers contradict themselves or were cut by the snap length. */
interface MalformedPacket {
  readonly kind: 'malformed';
  readonly reason: string;
}

/** ARP, IPv4 and the like. */
interface ForeignPacket {
  readonly kind: 'foreign';
  readonly etherType: number;
}

/** Decodes packets of one capture; it remembers addresses between them, nothing else. */
export class PacketDecoder {
  readonly #addresses = new AddressBook();

  /** Never throws for what stands in the packet: a broken one is `malformed`. */
  decode(packet: CapturedPacket): LogicalPacket | MalformedPacket | ForeignPacket {
    if (packet.protocol === malformedLink) return { kind: 'malformed', reason: 'link header: cut short' };
    if (packet.protocol !== etherTypes.ipv6) return { kind: 'foreign', etherType: packet.protocol };
    try {
      return this.#decodeIpv6(packet);
    } catch (error) {
      if (error instanceof DecodeError) return { kind: 'malformed', reason: error.message };
      throw error;
    }
  }

  #decodeIpv6(packet: CapturedPacket): LogicalPacket {
    const walk = new HeaderWalk(packet.bytes, packet.originalLength, this.#addresses);
    walk.run();
    const network = { source: walk.source, destination: walk.destination };
    const { tunnels, homeAddress, routedTo } = walk;
    return {
      kind: 'ipv6',
      tunnels,
      outer: tunnels[0] ?? network,
      network,
      homeAddress,
      routedTo,
      source: homeAddress ?? network.source,
      destination: routedTo ?? network.destination,
      upper: readUpper(packet.bytes, walk.next, walk.at, walk.end),
    };
  }
}
