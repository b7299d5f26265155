import { IPV6_ADDRESS_OCTETS, type Ipv6Address, readAddress } from './address.ts';
import { NextHeader } from './constants.ts';
import { DecodeError } from './decode-error.ts';
import { FRAGMENT_LAYOUT, FRAGMENT_OFFSET_MASK, MORE_FRAGMENTS } from './fragment-header.ts';
import { readNumber } from './octets.ts';

/*
 * IPv6 header, RFC 8200 §3.
 *
 *   octet  width  field
 *   0      4      Version (4 bit): 6; Traffic Class (8 bit); Flow Label (20 bit)
 *   4      2      Payload Length: octets behind this header, extension headers included
 *   6      1      Next Header
 *   7      1      Hop Limit
 *   8      16     Source Address
 *   24     16     Destination Address
 */
export const IPV6_LAYOUT = {
  start: { name: 'Version', at: 0, octets: 4 },
  payloadLength: { name: 'Payload Length', at: 4, octets: 2 },
  nextHeader: { name: 'Next Header', at: 6, octets: 1 },
  hopLimit: { name: 'Hop Limit', at: 7, octets: 1 },
  source: { name: 'Source Address', at: 8, octets: IPV6_ADDRESS_OCTETS },
  destination: { name: 'Destination Address', at: 24, octets: IPV6_ADDRESS_OCTETS },
} as const;
export const IPV6_HEADER_OCTETS = 40;
export const IPV6_VERSION = 6;
/** Bits in front of which the version stands in the first word. */
const VERSION_SHIFT = 28;

/*
 * Extension headers, RFC 8200 §4.3–§4.6: Hop-by-Hop Options, Routing, Fragment and Destination Options. All start with Next Header; all
 * but Fragment (8 octets) have a length.
 *
 *   octet  width  field
 *   0      1      Next Header: what follows
 *   1      1      Hdr Ext Len: units of 8 octets, not counting the first
 */
export const EXTENSION_LAYOUT = {
  nextHeader: { name: 'Next Header', at: 0, octets: 1 },
  headerLength: { name: 'Hdr Ext Len', at: 1, octets: 1 },
} as const;
export const EXTENSION_UNIT_OCTETS = 8;

/** What the fixed header of an IPv6 packet says of its way and its extent. */
interface Ipv6Header {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  readonly nextHeader: number;
  /** where the packet ends by its own length; may lie behind the octets that are there */
  readonly end: number;
}

/** The IPv6 header at octet `at`. Throws DecodeError where it is cut short, or is none. */
export function readIpv6Header(bytes: Uint8Array, at = 0): Ipv6Header {
  const version = readNumber(bytes, IPV6_LAYOUT.start, at) >>> VERSION_SHIFT;
  if (version !== IPV6_VERSION) {
    const { name, at: offset } = IPV6_LAYOUT.start;
    throw new DecodeError('illegal-value', name, `is ${version}, must be ${IPV6_VERSION}`, at + offset);
  }
  return {
    end: at + IPV6_HEADER_OCTETS + readNumber(bytes, IPV6_LAYOUT.payloadLength, at),
    nextHeader: readNumber(bytes, IPV6_LAYOUT.nextHeader, at),
    source: readAddress(bytes, IPV6_LAYOUT.source, at),
    destination: readAddress(bytes, IPV6_LAYOUT.destination, at),
  };
}

/** What stands behind a packet's extension headers. */
interface UpperLayer {
  /** the first Next Header that is no extension header; of a fragment other than the first: what the whole packet has there */
  readonly nextHeader: number;
  readonly at: number;
  /** the packet is a piece of a larger one */
  readonly isFragment: boolean;
  /** … and not its first: no upper-layer header stands at `at` */
  readonly isLaterFragment: boolean;
}

/** Called for each extension header: its type, and the octets where it begins and where the next one does. */
type Visit = (type: number, at: number, end: number) => void;

/**
 * Steps over the extension headers behind the IPv6 header at octet `at` of `bytes`, to the upper-layer protocol; the packet's end is
 * `end`. Every reader of IPv6 packets walks here. Throws DecodeError: `illegal-length` when a header reaches behind the packet's
 * end, `truncated` when the input ends first, `illegal-placement` for Hop-by-Hop Options that do not come first (RFC 8200 §4.1).
 */
export function walkExtensionHeaders(
  bytes: Uint8Array,
  { nextHeader: first, end }: Pick<Ipv6Header, 'nextHeader' | 'end'>,
  visit: Visit,
  start = 0,
): UpperLayer {
  let [type, at] = [first, start + IPV6_HEADER_OCTETS];
  let [isFragment, isLaterFragment] = [false, false];
  while (isExtensionHeader(type) && !isLaterFragment) {
    if (type === NextHeader.hopByHopOptions && at !== start + IPV6_HEADER_OCTETS)
      throw new DecodeError(
        'illegal-placement',
        'Hop-by-Hop Options',
        'is not the first extension header',
        at,
      );
    const next = extensionHeaderEnd(bytes, type, at, end);
    if (type === NextHeader.fragment) {
      const offset = readNumber(bytes, FRAGMENT_LAYOUT.offset, at);
      isFragment ||= (offset & (FRAGMENT_OFFSET_MASK | MORE_FRAGMENTS)) !== 0;
      isLaterFragment = (offset & FRAGMENT_OFFSET_MASK) !== 0;
    }
    visit(type, at, next);
    type = bytes[at + EXTENSION_LAYOUT.nextHeader.at]!;
    at = next;
  }
  return { nextHeader: type, at, isFragment, isLaterFragment };
}

/** Where the extension header of type `type` at octet `at` ends. Throws DecodeError as `walkExtensionHeaders`. */
export function extensionHeaderEnd(
  bytes: Uint8Array,
  type: number,
  at: number,
  limit = Number.POSITIVE_INFINITY,
): number {
  requireWithin(at + EXTENSION_UNIT_OCTETS, limit, at);
  const units = type === NextHeader.fragment ? 0 : readNumber(bytes, EXTENSION_LAYOUT.headerLength, at);
  const end = at + (units + 1) * EXTENSION_UNIT_OCTETS;
  requireWithin(end, limit, at);
  if (bytes.length < end)
    throw new DecodeError('truncated', 'extension header', `type ${type} ends at octet ${end}`, bytes.length);
  return end;
}

function isExtensionHeader(type: number): boolean {
  return (
    type === NextHeader.hopByHopOptions ||
    type === NextHeader.destinationOptions ||
    type === NextHeader.routing ||
    type === NextHeader.fragment
  );
}

function requireWithin(end: number, limit: number, at: number): void {
  if (end <= limit) return;
  const { name, at: offset } = EXTENSION_LAYOUT.headerLength;
  throw new DecodeError('illegal-length', name, `ends at octet ${end}, the packet at ${limit}`, at + offset);
}
