import type { Ipv6Address } from './address.ts';
import { NextHeader } from './constants.ts';
import { type ExtensionHeader, emitExtensionHeader, parseExtensionHeader } from './extension-header.ts';

/**
 * A Destination Options header of 24 octets that holds `homeAddress` in a Home Address option (RFC 6275 §6.3),
 * in front of a header of type `nextHeader`.
 */
export function emitHomeAddressHeader(homeAddress: Ipv6Address, nextHeader: number): Uint8Array {
  return emitExtensionHeader(homeAddressHeader(homeAddress), nextHeader);
}

/** The same header as a value for `emitIpv6`. */
export function homeAddressHeader(homeAddress: Ipv6Address): ExtensionHeader {
  return { kind: 'destination-options', options: [{ kind: 'home-address', address: homeAddress }] };
}

/**
 * The home address in the Destination Options header at the start of `bytes`, undefined when it holds none.
 * Throws DecodeError for a header that is cut short or illegal.
 */
export function parseHomeAddressHeader(bytes: Uint8Array): {
  homeAddress: Ipv6Address | undefined;
  nextHeader: number;
} {
  const { header, nextHeader } = parseExtensionHeader(bytes, 0, NextHeader.destinationOptions);
  return { homeAddress: homeAddressOf(header), nextHeader };
}

/** The home address a header carries in a Home Address option, if it does. */
export function homeAddressOf(header: ExtensionHeader): Ipv6Address | undefined {
  if (header.kind !== 'destination-options') return undefined;
  for (const option of header.options) if (option.kind === 'home-address') return option.address;
  return undefined;
}
