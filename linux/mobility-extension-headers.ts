import { type Ipv6Address, ipv6FromBytes, ipv6ToBytes } from '../mip6/wire/address.ts';

/** Both kinds of header start so: next header, length in 8-octet units beyond the first (RFC 8200 §4). */
const EXTENSION = { hdrExtLen: 1, body: 2 };
/** Destination option (RFC 8200 §4.2); Pad1 is a lone type octet. */
const OPTION = { type: 0, length: 1, data: 2 };
const PAD1 = 0;
/** Home Address option (RFC 6275 §6.3). */
const HOME_ADDRESS = { type: 201, octets: 16 };
/** Type 2 routing header (RFC 6275 §6.4.1). */
const TYPE_2 = { hdrExtLen: 2, type: 2, typeAt: 2, segmentsLeftAt: 3, addressAt: 8, octets: 24 };

/**
 * The address in the Home Address option of a destination options header, undefined without one. In a header that
 * the kernel has processed it is the care-of address: the kernel swaps the two.
 */
export function findHomeAddressOption(header: Uint8Array): Ipv6Address | undefined {
  const end = Math.min(header.length, 8 * (header[EXTENSION.hdrExtLen]! + 1));
  let at = EXTENSION.body;
  while (at + OPTION.data <= end) {
    const type = header[at + OPTION.type]!;
    if (type === PAD1) {
      at += 1;
      continue;
    }
    const length = header[at + OPTION.length]!;
    const data = at + OPTION.data;
    if (data + length > end) return undefined;
    if (type === HOME_ADDRESS.type && length === HOME_ADDRESS.octets) return ipv6FromBytes(header, data);
    at = data + length;
  }
  return undefined;
}

/** The address in a type 2 routing header, undefined for another type; once processed it is the care-of address. */
export function findType2Address(header: Uint8Array): Ipv6Address | undefined {
  if (header.length < TYPE_2.octets || header[TYPE_2.typeAt] !== TYPE_2.type) return undefined;
  return ipv6FromBytes(header, TYPE_2.addressAt);
}

/** A type 2 routing header as sendmsg(2) takes it: with the first hop's address; the kernel sets the next header. */
export function type2RoutingHeader(careOfAddress: Ipv6Address): Buffer {
  const header = Buffer.alloc(TYPE_2.octets);
  header[EXTENSION.hdrExtLen] = TYPE_2.hdrExtLen;
  header[TYPE_2.typeAt] = TYPE_2.type;
  header[TYPE_2.segmentsLeftAt] = 1;
  header.set(ipv6ToBytes(careOfAddress), TYPE_2.addressAt);
  return header;
}
