import { type Ipv6Address, ipv6ToBytes } from './address.ts';
import { notRepresentable } from './decode-error.ts';
import {
  type ExtensionHeader,
  emitExtensionHeader,
  extensionHeaderType,
  parseExtensionHeader,
} from './extension-header.ts';
import {
  IPV6_HEADER_OCTETS,
  IPV6_VERSION,
  IPV6_LAYOUT as LAYOUT,
  readIpv6Header,
  walkExtensionHeaders,
} from './header-walk.ts';
import { homeAddressOf } from './home-address-option.ts';
import { concatOctets, readNumber, writeNumber, writeOctets } from './octets.ts';

/** An IPv6 packet as a list of headers and an opaque upper-layer payload. */
interface Ipv6Packet {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly hopLimit: number;
  readonly extensionHeaders: readonly ExtensionHeader[];
  /** the upper-layer protocol: the first Next Header that is no extension header; 50 (ESP) is opaque, 41 nests */
  readonly nextHeader: number;
  /** the upper-layer octets; in a parsed packet a view of the input, as far as captured */
  readonly payload: Uint8Array;
}

/** An Ipv6Packet that was read from octets. */
export interface ParsedIpv6Packet extends Ipv6Packet {
  /** octets of upper-layer payload in the packet, captured or not */
  readonly payloadOctets: number;
  /** octets of the whole packet, captured or not */
  readonly totalOctets: number;
  /** the capture holds less than the packet's payload */
  readonly truncated: boolean;
  /** a fragment other than the first: `payload` does not start with an upper-layer header */
  readonly laterFragment: boolean;
  /** the home address of a source that is away from home (RFC 6275 §6.3) */
  readonly homeAddressOption: Ipv6Address | undefined;
  /** the home address in a type 2 routing header (RFC 6275 §6.4) */
  readonly routingHeader2: Ipv6Address | undefined;
}

const DEFAULT_HOP_LIMIT = 64;
const START_BITS = { version: 2 ** 28, trafficClass: 2 ** 20, flowLabel: 0xfffff } as const;

/**
 * Reads an IPv6 packet from a whole or truncated capture, stepping over hop-by-hop and destination options, routing
 * and fragment headers up to the upper-layer protocol.
 *
 * A payload cut by the snap length sets `truncated`; octets behind the packet are left alone. Throws DecodeError
 * when a header is cut short or illegal. For IPv6 in IPv6 (41) call again with `payload`.
 */
export function parseIpv6(bytes: Uint8Array): ParsedIpv6Packet {
  const { source, destination, nextHeader: first, end: totalOctets } = readIpv6Header(bytes);
  const start = readNumber(bytes, LAYOUT.start);
  const packet = bytes.subarray(0, totalOctets);
  const extensionHeaders: ExtensionHeader[] = [];
  const upper = walkExtensionHeaders(
    packet,
    { nextHeader: first, end: totalOctets },
    (type, at, end) => void extensionHeaders.push(parseExtensionHeader(packet, at, end, type)),
  );
  return {
    source,
    destination,
    trafficClass: Math.floor(start / START_BITS.trafficClass) % 256,
    flowLabel: start & START_BITS.flowLabel,
    hopLimit: readNumber(bytes, LAYOUT.hopLimit),
    extensionHeaders,
    nextHeader: upper.nextHeader,
    laterFragment: upper.isLaterFragment,
    payload: packet.subarray(upper.at),
    payloadOctets: totalOctets - upper.at,
    totalOctets,
    truncated: packet.length < totalOctets,
    ...mobilityAddresses(extensionHeaders),
  };
}

/** The packet's octets, lengths and Next Header fields computed; throws DecodeError `not-representable`. */
export function emitIpv6(
  packet: Pick<Ipv6Packet, 'source' | 'destination' | 'nextHeader' | 'payload'> & Partial<Ipv6Packet>,
): Uint8Array {
  const { trafficClass = 0, flowLabel = 0, hopLimit = DEFAULT_HOP_LIMIT, extensionHeaders = [] } = packet;
  const parts = [packet.payload];
  let nextHeader = packet.nextHeader;
  for (const header of extensionHeaders.toReversed()) {
    parts.unshift(emitExtensionHeader(header, nextHeader));
    nextHeader = extensionHeaderType(header);
  }
  const behind = concatOctets(...parts);
  const bytes = new Uint8Array(IPV6_HEADER_OCTETS);
  writeNumber(bytes, LAYOUT.start, startWord(trafficClass, flowLabel));
  writeNumber(bytes, LAYOUT.payloadLength, behind.length);
  writeNumber(bytes, LAYOUT.nextHeader, nextHeader);
  writeNumber(bytes, LAYOUT.hopLimit, hopLimit);
  writeOctets(bytes, LAYOUT.source, ipv6ToBytes(packet.source));
  writeOctets(bytes, LAYOUT.destination, ipv6ToBytes(packet.destination));
  return concatOctets(bytes, behind);
}

/**
 * The end points as transport protocols and checksums see them (RFC 6275 §6.1.1, §11.3.1): the home addresses of
 * mobile ends, from the Home Address option and the type 2 routing header, else the IPv6 addresses.
 */
export function endPoints(packet: ParsedIpv6Packet): { source: Ipv6Address; destination: Ipv6Address } {
  return {
    source: packet.homeAddressOption ?? packet.source,
    destination: packet.routingHeader2 ?? packet.destination,
  };
}

function startWord(trafficClass: number, flowLabel: number): number {
  const legal = (value: number, largest: number) => Number.isInteger(value) && value >= 0 && value <= largest;
  if (!legal(trafficClass, 0xff)) throw notRepresentable('Traffic Class', `${trafficClass} is not 8 bits`);
  if (!legal(flowLabel, START_BITS.flowLabel))
    throw notRepresentable('Flow Label', `${flowLabel} is not 20 bits`);
  return IPV6_VERSION * START_BITS.version + trafficClass * START_BITS.trafficClass + flowLabel;
}

function mobilityAddresses(
  headers: readonly ExtensionHeader[],
): Pick<ParsedIpv6Packet, 'homeAddressOption' | 'routingHeader2'> {
  let homeAddressOption: Ipv6Address | undefined;
  let routingHeader2: Ipv6Address | undefined;
  for (const header of headers) {
    homeAddressOption ??= homeAddressOf(header);
    if (header.kind === 'type2-routing') routingHeader2 ??= header.homeAddress;
  }
  return { homeAddressOption, routingHeader2 };
}
