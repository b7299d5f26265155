import { hash } from 'node:crypto';

const BLOCK_OCTETS = 64;
const DIGEST_OCTETS = 20;
const [INNER, OUTER] = [0x36, 0x5c];

/**
 * HMAC_SHA1 (RFC 2104 §2) of `parts`, one behind the other: 20 octets. Out of two one-shot hashes, which cost a fraction of the key object
 * and stream that `createHmac` makes for each; messages here are short and come by the dozen.
 */
export function hmacSha1(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const block = key.length > BLOCK_OCTETS ? sha1(key) : key;
  const inner = new Uint8Array(parts.reduce((sum, { length }) => sum + length, BLOCK_OCTETS));
  const outer = new Uint8Array(BLOCK_OCTETS + DIGEST_OCTETS);
  for (let index = 0; index < BLOCK_OCTETS; index++) {
    const octet = block[index] ?? 0;
    inner[index] = octet ^ INNER;
    outer[index] = octet ^ OUTER;
  }
  let at = BLOCK_OCTETS;
  for (const part of parts) {
    inner.set(part, at);
    at += part.length;
  }
  outer.set(sha1(inner), BLOCK_OCTETS);
  return sha1(outer);
}

/** SHA-1 of all of `octets`: 20 octets. */
export function sha1(octets: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha1', octets, 'buffer'));
}
