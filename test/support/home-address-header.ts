import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { type ExtensionHeader, emitExtensionHeader } from '../../mip6/wire/extension-header.ts';

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
