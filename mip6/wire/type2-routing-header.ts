import { IPV6_ADDRESS_OCTETS, type Ipv6Address, ipv6ToBytes, readAddress } from './address.ts';
import { TYPE2_ROUTING_HEADER } from './constants.ts';
import { DecodeError } from './decode-error.ts';
import { readNumber, writeNumber, writeOctets } from './octets.ts';

/** A type 2 routing header: the packet's final destination behind the care-of address. */
interface Type2RoutingHeader {
  readonly homeAddress: Ipv6Address;
  /** 1 on the way; 0 once the mobile node has swapped the addresses */
  readonly segmentsLeft: 0 | 1;
}

/*
 * Type 2 routing header, RFC 6275 §6.4: carries a packet to the care-of address and then, inside the mobile node,
 * to its home address.
 *
 *   octet  width  field
 *   0      1      Next Header
 *   1      1      Hdr Ext Len: 2, the length in units of 8 octets, not counting the first unit
 *   2      1      Routing Type: 2
 *   3      1      Segments Left: 1
 *   4      4      Reserved: zero from a sender, not looked at by a receiver
 *   8      16     Home Address: unicast routable
 */
const LAYOUT = {
  nextHeader: { name: 'Next Header', at: 0, octets: 1 },
  headerLength: { name: 'Hdr Ext Len', at: 1, octets: 1 },
  routingType: { name: 'Routing Type', at: 2, octets: 1 },
  segmentsLeft: { name: 'Segments Left', at: 3, octets: 1 },
  homeAddress: { name: 'Home Address', at: 8, octets: IPV6_ADDRESS_OCTETS },
} as const;

/** Octets of a type 2 routing header. */
export const TYPE2_ROUTING_HEADER_OCTETS = 24;
/** Where the home address stands in it. */
export const TYPE2_HOME_ADDRESS_AT: number = LAYOUT.homeAddress.at;
const HEADER_LENGTH = TYPE2_ROUTING_HEADER_OCTETS / 8 - 1;

/** Whether the routing header at octet `at` is one. */
export function isType2RoutingHeader(bytes: Uint8Array, at: number): boolean {
  return readNumber(bytes, LAYOUT.routingType, at) === TYPE2_ROUTING_HEADER;
}

/** The header at octet `at` of `bytes` and the type of what follows it; throws DecodeError. */
export function parseType2RoutingHeader(
  bytes: Uint8Array,
  at = 0,
): Type2RoutingHeader & { readonly nextHeader: number } {
  const homeAddress = readAddress(bytes, LAYOUT.homeAddress, at);
  demand(bytes, at, LAYOUT.headerLength, [HEADER_LENGTH]);
  demand(bytes, at, LAYOUT.routingType, [TYPE2_ROUTING_HEADER]);
  demand(bytes, at, LAYOUT.segmentsLeft, [0, 1]);
  const segmentsLeft = readNumber(bytes, LAYOUT.segmentsLeft, at) === 1 ? 1 : 0;
  return { homeAddress, segmentsLeft, nextHeader: readNumber(bytes, LAYOUT.nextHeader, at) };
}

/** The 24 octets of the header in front of a header of type `nextHeader`; throws DecodeError `not-representable`. */
export function emitType2RoutingHeader(
  homeAddress: Ipv6Address,
  nextHeader: number,
  segmentsLeft: 0 | 1 = 1,
): Uint8Array {
  const bytes = new Uint8Array(TYPE2_ROUTING_HEADER_OCTETS);
  writeNumber(bytes, LAYOUT.nextHeader, nextHeader);
  writeNumber(bytes, LAYOUT.headerLength, HEADER_LENGTH);
  writeNumber(bytes, LAYOUT.routingType, TYPE2_ROUTING_HEADER);
  writeNumber(bytes, LAYOUT.segmentsLeft, segmentsLeft);
  writeOctets(bytes, LAYOUT.homeAddress, ipv6ToBytes(homeAddress));
  return bytes;
}

function demand(
  bytes: Uint8Array,
  at: number,
  field: (typeof LAYOUT)[keyof typeof LAYOUT],
  legal: readonly number[],
): void {
  const value = readNumber(bytes, field, at);
  if (!legal.includes(value)) {
    throw new DecodeError(
      'illegal-value',
      field.name,
      `is ${value}, must be ${legal.join(' or ')}`,
      at + field.at,
    );
  }
}
