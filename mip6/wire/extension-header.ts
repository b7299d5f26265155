import type { Ipv6Address } from './address.ts';
import { NextHeader, TYPE2_ROUTING_HEADER } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { emitFragmentHeader, type FragmentHeader, parseFragmentHeader } from './fragment-header.ts';
import { emitIpv6Options, IPV6_OPTIONS_AT, type Ipv6Option, parseIpv6Options } from './ipv6-options.ts';
import { concatOctets, readNumber, writeNumber } from './octets.ts';
import { emitType2RoutingHeader, parseType2RoutingHeader } from './type2-routing-header.ts';

/** An IPv6 extension header that a walk to the upper protocol steps over. */
export type ExtensionHeader =
  | { readonly kind: 'hop-by-hop-options'; readonly options: readonly Ipv6Option[] }
  | { readonly kind: 'destination-options'; readonly options: readonly Ipv6Option[] }
  | { readonly kind: 'type2-routing'; readonly homeAddress: Ipv6Address; readonly segmentsLeft: 0 | 1 }
  | {
      readonly kind: 'routing';
      readonly routingType: number;
      readonly segmentsLeft: number;
      /** everything behind the first four octets: 8n+4 octets */
      readonly data: Uint8Array;
    }
  | FragmentHeader;

/** Next Header values of the headers above. */
export const EXTENSION_HEADERS: ReadonlySet<number> = new Set([
  NextHeader.hopByHopOptions,
  NextHeader.destinationOptions,
  NextHeader.routing,
  NextHeader.fragment,
]);

/*
 * Extension headers, RFC 8200 §4.3–§4.6. All start with Next Header; all but Fragment (8 octets) have a length.
 *
 *   octet  width  field
 *   0      1      Next Header: what follows
 *   1      1      Hdr Ext Len: units of 8 octets, not counting the first
 *   routing:
 *   2      1      Routing Type
 *   3      1      Segments Left
 *   4      …      by type
 */
const LAYOUT = {
  nextHeader: { name: 'Next Header', at: 0, octets: 1 },
  headerLength: { name: 'Hdr Ext Len', at: 1, octets: 1 },
  routingType: { name: 'Routing Type', at: 2, octets: 1 },
  segmentsLeft: { name: 'Segments Left', at: 3, octets: 1 },
} as const;
const ROUTING_DATA_AT = 4;
const UNIT_OCTETS = 8;

/**
 * The extension header of type `type` (one of EXTENSION_HEADERS) at octet `at`, the type of what follows, and where
 * that starts. Throws DecodeError: `illegal-length` when the header reaches behind octet `limit`, the packet's end
 * by its own length, `truncated` when the input ends first.
 */
export function parseExtensionHeader(
  bytes: Uint8Array,
  at: number,
  type: number,
  limit = Number.POSITIVE_INFINITY,
): { header: ExtensionHeader; nextHeader: number; end: number } {
  requireWithin(at + UNIT_OCTETS, limit, at);
  const nextHeader = readNumber(bytes, LAYOUT.nextHeader, at);
  const units = type === NextHeader.fragment ? 0 : readNumber(bytes, LAYOUT.headerLength, at);
  const end = at + (units + 1) * UNIT_OCTETS;
  requireWithin(end, limit, at);
  if (bytes.length < end) {
    throw new DecodeError('truncated', 'extension header', `type ${type} ends at octet ${end}`, bytes.length);
  }
  return { header: parseBody(bytes, at, end, type), nextHeader, end };
}

/** The header's octets in front of a header of type `nextHeader`; throws DecodeError `not-representable`. */
export function emitExtensionHeader(header: ExtensionHeader, nextHeader: number): Uint8Array {
  switch (header.kind) {
    case 'type2-routing':
      return emitType2RoutingHeader(header.homeAddress, nextHeader, header.segmentsLeft);
    case 'fragment':
      return emitFragmentHeader(header, nextHeader);
    case 'routing':
      return seal(concatOctets(routingStart(header), header.data), nextHeader);
    case 'hop-by-hop-options':
    case 'destination-options':
      return seal(concatOctets(new Uint8Array(IPV6_OPTIONS_AT), emitIpv6Options(header.options)), nextHeader);
    default:
      return header satisfies never;
  }
}

/** The Next Header value that announces this header. */
export function extensionHeaderType(header: ExtensionHeader): number {
  switch (header.kind) {
    case 'hop-by-hop-options':
      return NextHeader.hopByHopOptions;
    case 'destination-options':
      return NextHeader.destinationOptions;
    case 'type2-routing':
    case 'routing':
      return NextHeader.routing;
    case 'fragment':
      return NextHeader.fragment;
    default:
      return header satisfies never;
  }
}

function requireWithin(end: number, limit: number, at: number): void {
  if (end > limit) {
    const { name, at: offset } = LAYOUT.headerLength;
    throw new DecodeError(
      'illegal-length',
      name,
      `ends at octet ${end}, the packet at ${limit}`,
      at + offset,
    );
  }
}

function parseBody(bytes: Uint8Array, at: number, end: number, type: number): ExtensionHeader {
  switch (type) {
    case NextHeader.hopByHopOptions:
      return { kind: 'hop-by-hop-options', options: parseIpv6Options(bytes, at + IPV6_OPTIONS_AT, end) };
    case NextHeader.destinationOptions:
      return { kind: 'destination-options', options: parseIpv6Options(bytes, at + IPV6_OPTIONS_AT, end) };
    case NextHeader.routing:
      return parseRouting(bytes, at, end);
    case NextHeader.fragment:
      return parseFragmentHeader(bytes, at);
    default:
      throw new DecodeError('illegal-value', 'Next Header', `${type} is not an extension header`, at);
  }
}

function parseRouting(bytes: Uint8Array, at: number, end: number): ExtensionHeader {
  const routingType = readNumber(bytes, LAYOUT.routingType, at);
  if (routingType === TYPE2_ROUTING_HEADER) {
    const { homeAddress, segmentsLeft } = parseType2RoutingHeader(bytes.subarray(0, end), at);
    return { kind: 'type2-routing', homeAddress, segmentsLeft };
  }
  const segmentsLeft = readNumber(bytes, LAYOUT.segmentsLeft, at);
  return {
    kind: 'routing',
    routingType,
    segmentsLeft,
    data: new Uint8Array(bytes.subarray(at + ROUTING_DATA_AT, end)),
  };
}

function routingStart(header: Extract<ExtensionHeader, { kind: 'routing' }>): Uint8Array {
  if (header.routingType === TYPE2_ROUTING_HEADER) {
    throw notRepresentable(LAYOUT.routingType.name, 'type 2 has a value type of its own');
  }
  const bytes = new Uint8Array(ROUTING_DATA_AT);
  writeNumber(bytes, LAYOUT.routingType, header.routingType);
  writeNumber(bytes, LAYOUT.segmentsLeft, header.segmentsLeft);
  return bytes;
}

function seal(bytes: Uint8Array, nextHeader: number): Uint8Array {
  if (bytes.length % UNIT_OCTETS !== 0) {
    throw notRepresentable('extension header', `${bytes.length} octets is not a multiple of ${UNIT_OCTETS}`);
  }
  writeNumber(bytes, LAYOUT.nextHeader, nextHeader);
  writeNumber(bytes, LAYOUT.headerLength, bytes.length / UNIT_OCTETS - 1);
  return bytes;
}
