import type { Ipv6Address } from './address.ts';
import { NextHeader, TYPE2_ROUTING_HEADER } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { emitFragmentHeader, type FragmentHeader, parseFragmentHeader } from './fragment-header.ts';
import { EXTENSION_LAYOUT, EXTENSION_UNIT_OCTETS } from './header-walk.ts';
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

/*
 * Routing header, RFC 8200 §4.4: what all extension headers begin with (header-walk.ts), then
 *
 *   octet  width  field
 *   2      1      Routing Type
 *   3      1      Segments Left
 *   4      …      by type
 */
const LAYOUT = {
  ...EXTENSION_LAYOUT,
  routingType: { name: 'Routing Type', at: 2, octets: 1 },
  segmentsLeft: { name: 'Segments Left', at: 3, octets: 1 },
} as const;
const ROUTING_DATA_AT = 4;

/** The extension header of type `type` between octets `at` and `end`. Throws DecodeError where it is illegal. */
export function parseExtensionHeader(
  bytes: Uint8Array,
  at: number,
  end: number,
  type: number,
): ExtensionHeader {
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
  if (bytes.length % EXTENSION_UNIT_OCTETS !== 0) {
    throw notRepresentable(
      'extension header',
      `${bytes.length} octets is not a multiple of ${EXTENSION_UNIT_OCTETS}`,
    );
  }
  writeNumber(bytes, LAYOUT.nextHeader, nextHeader);
  writeNumber(bytes, LAYOUT.headerLength, bytes.length / EXTENSION_UNIT_OCTETS - 1);
  return bytes;
}
