import type { Ipv6Address } from '../../wire/address.ts';
import { NextHeader } from '../../wire/constants.ts';
import { orUndefined } from '../../wire/decode-error.ts';
import type { MobilityMessage } from '../../wire/messages.ts';
import { parseMobilityHeader } from '../../wire/mobility-header.ts';

/**
 * A Mobility Header with the addresses a raw socket shows: after the Home Address option and
 * the type 2 routing header have been processed, so that a Binding Update's source is the home address.
 */
export interface MobilityDatagram {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
  /**
   * The address that stood in the IPv6 header instead of the home address: as source next to a
   * Home Address option (RFC 6275 §6.3), as destination next to a type 2 routing header (§6.4).
   */
  readonly careOfAddress?: Ipv6Address;
  /** the whole Mobility Header, from the Payload Proto octet on */
  readonly bytes: Uint8Array;
}

/** A Mobility Header to send. Addresses are logical, as in `MobilityDatagram`; the two flags say how the care-of address is used. */
export interface Transmission extends MobilityDatagram {
  readonly kind: 'transmit';
  /** `source` is the home address: send from `careOfAddress` with a Home Address option (a node's kernel adds it by policy). */
  readonly homeAddressOption?: true;
  /** `destination` is the home address: reach it through `careOfAddress` with a type 2 routing header. */
  readonly routingHeader?: true;
}

/**
 * The message in a datagram, undefined when it is no legal Mobility Header (RFC 6275 §9.2: too short for its type, or a Payload Proto
 * that is not 59): the caller counts it. The section's ICMPv6 Parameter Problems and its checksum are the kernel's.
 */
export function readMessage(datagram: MobilityDatagram): MobilityMessage | undefined {
  const header = orUndefined(() => parseMobilityHeader(datagram.bytes));
  return header?.payloadProtocol === NextHeader.none ? header.message : undefined;
}
