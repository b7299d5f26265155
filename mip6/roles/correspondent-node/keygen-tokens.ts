import type { Ipv6Address } from '../../wire/address.ts';
import { ipv6ToBytes } from '../../wire/address.ts';
import { hmacSha1 } from '../../wire/hmac-sha1.ts';

const TOKEN_OCTETS = 8;
const HOME = Uint8Array.of(0);
const CARE_OF = Uint8Array.of(1);

/**
 * First(64, HMAC_SHA1(Kcn, home address | nonce | 0)): what a Home Test proves (RFC 6275 §5.2.5).
 * `kcn`: 20 octets; result: 8 octets.
 */
export function homeKeygenToken(kcn: Uint8Array, homeAddress: Ipv6Address, nonce: Uint8Array): Uint8Array {
  return keygenToken(kcn, homeAddress, nonce, HOME);
}

/**
 * First(64, HMAC_SHA1(Kcn, care-of address | nonce | 1)): what a Care-of Test proves (RFC 6275 §5.2.5).
 * `kcn`: 20 octets; result: 8 octets.
 */
export function careOfKeygenToken(
  kcn: Uint8Array,
  careOfAddress: Ipv6Address,
  nonce: Uint8Array,
): Uint8Array {
  return keygenToken(kcn, careOfAddress, nonce, CARE_OF);
}

function keygenToken(
  kcn: Uint8Array,
  address: Ipv6Address,
  nonce: Uint8Array,
  which: Uint8Array,
): Uint8Array {
  return hmacSha1(kcn, ipv6ToBytes(address), nonce, which).slice(0, TOKEN_OCTETS);
}
