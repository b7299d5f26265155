import { formatIpv6, parseIpv6Text } from './address-text.ts';
import { DecodeError } from './decode-error.ts';
import type { Field } from './octets.ts';

/** An IPv6 address in its canonical text form (RFC 5952): comparable with `===`, usable as a map key. */
export type Ipv6Address = string & { readonly __ipv6: never };

/** Octets in an IPv6 address. */
export const IPV6_ADDRESS_OCTETS = 16;
const ADDRESS_BITS = 8 * IPV6_ADDRESS_OCTETS;

/** `text` as the canonical address (RFC 5952); throws DecodeError for anything but one address without zone or prefix. */
export function ipv6(text: string): Ipv6Address {
  return formatIpv6(parseIpv6Text(text)) as Ipv6Address;
}

/** Whether `text` is an IPv6 address in any of its text forms (RFC 4291 §2.2). */
export function isIpv6(text: string): boolean {
  try {
    parseIpv6Text(text);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** The address in the 16 octets at `offset`; throws DecodeError `truncated` when there are fewer. */
export function ipv6FromBytes(bytes: Uint8Array, offset = 0): Ipv6Address {
  const end = offset + IPV6_ADDRESS_OCTETS;
  if (!(offset >= 0 && bytes.length >= end)) {
    throw new DecodeError('truncated', 'IPv6 address', `needs ${end} octets, have ${bytes.length}`, offset);
  }
  return cachedAddress(bytes, offset);
}

/** The address's 16 octets, freshly allocated. */
export function ipv6ToBytes(address: Ipv6Address): Uint8Array {
  let octets = parsed.get(address);
  if (octets === undefined) {
    octets = parseIpv6Text(address);
    if (parsed.size >= MOST_PARSED) parsed.clear();
    parsed.set(address, octets);
  }
  return octets.slice();
}

/** Reads an address field of 16 octets of a format that starts at `base`. */
export function readAddress(bytes: Uint8Array, field: Field, base = 0): Ipv6Address {
  const at = base + field.at;
  if (bytes.length < at + IPV6_ADDRESS_OCTETS) {
    throw new DecodeError(
      'truncated',
      field.name,
      `needs ${at + IPV6_ADDRESS_OCTETS} octets, have ${bytes.length}`,
      at,
    );
  }
  return ipv6FromBytes(bytes, at);
}

/** The unspecified address, `::`. */
export const UNSPECIFIED = ipv6('::');
/** The loopback address, `::1`. */
export const LOOPBACK = ipv6('::1');

/** Multicast, ff00::/8 (RFC 4291 §2.7). */
export function isMulticast(address: Ipv6Address): boolean {
  return ipv6ToBytes(address)[0] === 0xff;
}

/** Link-local unicast, fe80::/10 (RFC 4291 §2.5.6). */
export function isLinkLocal(address: Ipv6Address): boolean {
  const bytes = ipv6ToBytes(address);
  return bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80;
}

/** One that stands for an IPv4 address, ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
function isIpv4Mapped(address: Ipv6Address): boolean {
  const bytes = ipv6ToBytes(address);
  return bytes.subarray(0, 10).every((octet) => octet === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

/**
 * A unicast address which packets from other links can reach: neither unspecified, loopback, multicast, link-local
 * nor one that stands for an IPv4 address (RFC 4291 §2.5.5.2). RFC 6275 §9.3.1 and §9.5.1 require it of home and care-of addresses.
 */
export function isUnicastRoutable(address: Ipv6Address): boolean {
  return (
    address !== UNSPECIFIED &&
    address !== LOOPBACK &&
    !isMulticast(address) &&
    !isLinkLocal(address) &&
    !isIpv4Mapped(address)
  );
}

/**
 * A global unicast address (RFC 4291 §2.5.4): routable, and not one of those in which an IPv4 address is dressed up
 * (`::a.b.c.d`, `::ffff:a.b.c.d`, §2.5.5): packets to these leave a host as IPv4, or not at all.
 */
export function isGlobalUnicast(address: Ipv6Address): boolean {
  return isUnicastRoutable(address) && !embedsIpv4(ipv6ToBytes(address));
}

function embedsIpv4(bytes: Uint8Array): boolean {
  if (bytes.subarray(0, 10).some((octet) => octet !== 0)) return false;
  return (bytes[10] === 0 && bytes[11] === 0) || (bytes[10] === 0xff && bytes[11] === 0xff);
}

/** An address prefix: `address` has zeros behind the first `length` bits. */
export interface Ipv6Prefix {
  readonly address: Ipv6Address;
  /** bits, 0…128 */
  readonly length: number;
}

/** `2001:db8::/64` as a prefix, host bits cleared; throws DecodeError on anything else. */
export function ipv6Prefix(text: string): Ipv6Prefix {
  const [address, length, ...more] = text.split('/');
  if (more.length > 0 || length === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(length)) {
    throw new DecodeError('illegal-value', 'IPv6 prefix', `"${text.slice(0, 64)}" is not address/length`);
  }
  return prefixOf(ipv6(address!), Number(length));
}

/** The prefix of `length` bits (0…128) that `address` lies in; throws DecodeError on another length. */
export function prefixOf(address: Ipv6Address, length: number): Ipv6Prefix {
  if (!Number.isInteger(length) || length < 0 || length > ADDRESS_BITS) {
    throw new DecodeError(
      'illegal-value',
      'IPv6 prefix length',
      `${length} is not between 0 and ${ADDRESS_BITS}`,
    );
  }
  const bytes = ipv6ToBytes(address);
  for (let index = 0; index < bytes.length; index++) bytes[index]! &= maskOctet(index, length);
  return { address: ipv6FromBytes(bytes), length };
}

/** Whether `address` lies in `prefix`, given as a value or as text such as `2001:db8::/64`. */
export function inPrefix(address: Ipv6Address, prefix: Ipv6Prefix | string): boolean {
  const { address: network, length } = typeof prefix === 'string' ? ipv6Prefix(prefix) : prefix;
  return prefixOf(address, length).address === network;
}

/** The prefix's text form. */
export function formatPrefix(prefix: Ipv6Prefix): string {
  return `${prefix.address}/${prefix.length}`;
}

function maskOctet(index: number, length: number): number {
  const bits = Math.min(8, Math.max(0, length - 8 * index));
  return 0xff & ~(0xff >> bits);
}

// Each handoff writes the same few addresses into dozens of messages. So many texts keep their octets.
const MOST_PARSED = 1024;
const parsed = new Map<Ipv6Address, Uint8Array>();

// Reading a capture formats the same few addresses over and over, at several microseconds each. One slot per hash
// of the octets keeps the last address that fell there; it is a pure function's memory, invisible but in time.
const CACHE_SLOTS = 256;
/** The upper bits of a product are the well mixed ones. */
const SLOT_SHIFT = 24;
const cache: (Remembered | undefined)[] = new Array<undefined>(CACHE_SLOTS).fill(undefined);

interface Remembered {
  readonly word0: number;
  readonly word1: number;
  readonly word2: number;
  readonly word3: number;
  readonly address: Ipv6Address;
}

function cachedAddress(bytes: Uint8Array, offset: number): Ipv6Address {
  const word0 = word(bytes, offset);
  const word1 = word(bytes, offset + 4);
  const word2 = word(bytes, offset + 8);
  const word3 = word(bytes, offset + 12);
  const slot = slotOf(word0, word1, word2, word3);
  const entry = cache[slot];
  if (entry?.word3 === word3 && entry.word2 === word2 && entry.word1 === word1 && entry.word0 === word0)
    return entry.address;
  const octets = bytes.subarray(offset, offset + IPV6_ADDRESS_OCTETS);
  const address = formatIpv6(octets) as Ipv6Address;
  cache[slot] = { word0, word1, word2, word3, address };
  return address;
}

/**
 * The slot in which an address of these four words is remembered. Addresses of a network differ in few bits, the subnet's in the upper half of a
 * word; multiplied by odd numbers they differ in the uppermost bits, which choose: hosts of one testbed must not take a slot from each other.
 */
export function slotOf(word0: number, word1: number, word2: number, word3: number): number {
  const mixed =
    Math.imul(word0, 0x9e3779b1) ^
    Math.imul(word1, 0x85ebca6b) ^
    Math.imul(word2, 0xc2b2ae35) ^
    Math.imul(word3, 0x27d4eb2f);
  return mixed >>> SLOT_SHIFT;
}

/** Four octets as 32 bits with a sign: to be compared, not to be reckoned with. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
