import type { Ipv6Address } from './address.ts';
import { NextHeader } from './constants.ts';
import { type ExtensionHeader, parseExtensionHeader } from './extension-header.ts';
import { EXTENSION_LAYOUT, extensionHeaderEnd } from './header-walk.ts';
import { readNumber } from './octets.ts';

/**
 * The home address in the Destination Options header at the start of `bytes`, undefined when it holds none.
 * Throws DecodeError for a header that is cut short or illegal.
 */
export function parseHomeAddressHeader(bytes: Uint8Array): {
  homeAddress: Ipv6Address | undefined;
  nextHeader: number;
} {
  const end = extensionHeaderEnd(bytes, NextHeader.destinationOptions, 0);
  const header = parseExtensionHeader(bytes, 0, end, NextHeader.destinationOptions);
  return { homeAddress: homeAddressOf(header), nextHeader: readNumber(bytes, EXTENSION_LAYOUT.nextHeader) };
}

/** The home address a header carries in a Home Address option, if it does. */
export function homeAddressOf(header: ExtensionHeader): Ipv6Address | undefined {
  if (header.kind !== 'destination-options') return undefined;
  for (const option of header.options) if (option.kind === 'home-address') return option.address;
  return undefined;
}
