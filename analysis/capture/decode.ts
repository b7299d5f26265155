import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { NextHeader } from '../../mip6/wire/constants.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { readIpv6Header, walkExtensionHeaders } from '../../mip6/wire/header-walk.ts';
import { homeAddressIn } from '../../mip6/wire/ipv6-options.ts';
import { isType2RoutingHeader, parseType2RoutingHeader } from '../../mip6/wire/type2-routing-header.ts';
import { etherTypes, malformedLink } from './link-types.ts';
import type { CapturedPacket } from './pcap-reader.ts';
import { readUpper, type Upper } from './upper-layer.ts';

interface AddressPair {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
}

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

/** Never throws for what stands in the packet: a broken one is `malformed`. */
export function decodePacket(packet: CapturedPacket): LogicalPacket | MalformedPacket | ForeignPacket {
  if (packet.protocol === malformedLink) return { kind: 'malformed', reason: 'link header: cut short' };
  if (packet.protocol !== etherTypes.ipv6) return { kind: 'foreign', etherType: packet.protocol };
  try {
    return decodeIpv6(packet);
  } catch (error) {
    if (error instanceof DecodeError) return { kind: 'malformed', reason: reasonOf(error, packet) };
    throw error;
  }
}

/** What ends too early in the capture may be whole on the wire. */
function reasonOf({ code, message }: DecodeError, { bytes, originalLength }: CapturedPacket): string {
  return code === 'truncated' && bytes.length < originalLength
    ? `cut by the snap length: ${message}`
    : message;
}

function decodeIpv6({ bytes, originalLength }: CapturedPacket): LogicalPacket {
  const tunnels: AddressPair[] = [];
  let [at, limit] = [0, originalLength];
  for (;;) {
    const header = readIpv6Header(bytes, at);
    const { source, destination, end } = header;
    if (end > limit)
      throw new DecodeError('illegal-length', 'IPv6 payload length', `${end - limit} too long`, at);
    let homeAddress: Ipv6Address | undefined;
    let routedTo: Ipv6Address | undefined;
    const take = (type: number, from: number, to: number): void => {
      if (type === NextHeader.destinationOptions) homeAddress ??= homeAddressIn(bytes, from, to);
      if (type === NextHeader.routing) routedTo ??= addressBehind(bytes, from);
    };
    const upper = walkExtensionHeaders(bytes, header, take, at);
    const network = { source, destination };
    if (upper.nextHeader === NextHeader.ipv6 && !upper.isFragment) {
      tunnels.push(network);
      [at, limit] = [upper.at, end];
      continue;
    }
    return {
      kind: 'ipv6',
      tunnels,
      outer: tunnels[0] ?? network,
      network,
      homeAddress,
      routedTo,
      source: homeAddress ?? source,
      destination: routedTo ?? destination,
      upper: upper.isFragment
        ? { kind: 'other', protocol: NextHeader.fragment }
        : readUpper(bytes, upper.nextHeader, upper.at, end),
    };
  }
}

/** Of a type 2 routing header; with no segment left the address has already taken its place in the IPv6 header. */
function addressBehind(bytes: Uint8Array, at: number): Ipv6Address | undefined {
  if (!isType2RoutingHeader(bytes, at)) return undefined;
  const { homeAddress, segmentsLeft } = parseType2RoutingHeader(bytes, at);
  return segmentsLeft === 0 ? undefined : homeAddress;
}
