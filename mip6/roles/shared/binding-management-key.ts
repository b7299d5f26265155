import { sha1 } from '../../wire/hmac-sha1.ts';

/**
 * Kbm = SHA1(home keygen token | care-of keygen token), or SHA1(home keygen token) to delete a binding
 * (RFC 6275 §5.2.5). Tokens: 8 octets each; result: 20 octets.
 */
export function bindingManagementKey(homeToken: Uint8Array, careOfToken?: Uint8Array): Uint8Array {
  return sha1(Buffer.concat(careOfToken === undefined ? [homeToken] : [homeToken, careOfToken]));
}
