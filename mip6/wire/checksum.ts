import { type Ipv6Address, ipv6ToBytes } from './address.ts';

const MAX_16_BITS = 0xffff;

/**
 * The Internet checksum (RFC 1071) of `octets` under the IPv6 pseudo-header (RFC 8200 §8.1):
 * source, destination, length of `octets` (32 bit), Next Header.
 * Over octets whose checksum field is filled in and right, the result is 0.
 */
export function upperLayerChecksum(
  octets: Uint8Array,
  source: Ipv6Address,
  destination: Ipv6Address,
  nextHeader: number,
): number {
  let sum = wordSum(ipv6ToBytes(source)) + wordSum(ipv6ToBytes(destination)) + wordSum(octets);
  sum += (octets.length >>> 16) + (octets.length & MAX_16_BITS) + nextHeader;
  while (sum > MAX_16_BITS) sum = Math.floor(sum / 0x10000) + (sum & MAX_16_BITS);
  return MAX_16_BITS - sum;
}

function wordSum(octets: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += octets[at]! * 256 + (octets[at + 1] ?? 0);
  return sum;
}
