import type { Ipv6Address } from './address.ts';
import { bindingAcknowledgement } from './binding-acknowledgement.ts';
import { bindingError } from './binding-error.ts';
import { bindingRefreshRequest } from './binding-refresh-request.ts';
import { bindingUpdate } from './binding-update.ts';
import { careOfTest } from './care-of-test.ts';
import { careOfTestInit } from './care-of-test-init.ts';
import { upperLayerChecksum } from './checksum.ts';
import { NextHeader } from './constants.ts';
import { DecodeError } from './decode-error.ts';
import { homeTest } from './home-test.ts';
import { homeTestInit } from './home-test-init.ts';
import { type MessageCodec, MOBILITY_HEADER_LAYOUT, mobilityHeaderExtent } from './message-frame.ts';
import type { MobilityMessage } from './messages.ts';
import { readNumber, writeNumber } from './octets.ts';
import { emitUnknownMessage, parseUnknownMessage } from './unknown-message.ts';

/** A parsed Mobility Header. */
interface MobilityHeader {
  /** 59 in every legal packet; RFC 6275 §9.2 has the receiver answer another value with a Parameter Problem at octet 0 */
  readonly payloadProtocol: number;
  /** as carried, not verified */
  readonly checksum: number;
  readonly message: MobilityMessage;
}

/** The addresses of the checksum's pseudo-header; see `mobilityHeaderChecksum` for which ones. */
export interface ChecksumAddresses {
  readonly source: Ipv6Address;
  readonly destination: Ipv6Address;
}

/** The known messages, by the `kind` of their value. */
const CODECS: {
  readonly [Message in Exclude<
    MobilityMessage,
    { kind: 'unknown' }
  > as Message['kind']]: MessageCodec<Message>;
} = {
  'binding-refresh-request': bindingRefreshRequest,
  'home-test-init': homeTestInit,
  'care-of-test-init': careOfTestInit,
  'home-test': homeTest,
  'care-of-test': careOfTest,
  'binding-update': bindingUpdate,
  'binding-acknowledgement': bindingAcknowledgement,
  'binding-error': bindingError,
};
const CODEC_BY_TYPE = new Map(Object.values(CODECS).map((codec) => [codec.mhType, codec]));

/**
 * Reads the Mobility Header at the start of `bytes` (RFC 6275 §6.1); octets behind its Header Len are left alone.
 *
 * Reserved fields and padding are not looked at and not kept. Message and option types we do not know come back
 * as `unknown`. Throws DecodeError, whose `offset` is the Parameter Problem pointer relative to this header.
 */
export function parseMobilityHeader(bytes: Uint8Array): MobilityHeader {
  const header = mobilityHeaderExtent(bytes);
  const payloadProtocol = readNumber(header, MOBILITY_HEADER_LAYOUT.payloadProtocol);
  const checksum = readNumber(header, MOBILITY_HEADER_LAYOUT.checksum);
  return { payloadProtocol, checksum, message: parseMessage(header) };
}

/**
 * The message as a Mobility Header with Payload Proto 59, options aligned and padded to a multiple of 8 octets.
 *
 * Without addresses the checksum is left zero for the kernel to fill in (a raw socket of protocol 135 does so).
 * Throws DecodeError `not-representable` when a field is out of range, an octet string has the wrong length,
 * or Binding Authorization Data is not the last option.
 */
export function emitMobilityHeader(message: MobilityMessage, addresses?: ChecksumAddresses): Uint8Array {
  const header = emitMessage(message);
  return addresses === undefined ? header : fillChecksum(header, addresses);
}

/**
 * The checksum of the Mobility Header at the start of `bytes`, whatever its checksum field holds now (RFC 6275 §6.1.1).
 *
 * The pseudo-header (RFC 8200 §8.1) has the header's length and Next Header 135. Its addresses are those of the
 * end points, not necessarily those in the IPv6 header as it travels:
 * - `source` is the home address when the packet carries a Home Address option, else the IPv6 source;
 * - `destination` is the final destination: the home address in a type 2 routing header when the packet
 *   carries one, else the IPv6 destination.
 */
export function mobilityHeaderChecksum(
  bytes: Uint8Array,
  source: Ipv6Address,
  destination: Ipv6Address,
): number {
  const header = new Uint8Array(mobilityHeaderExtent(bytes));
  writeNumber(header, MOBILITY_HEADER_LAYOUT.checksum, 0);
  return upperLayerChecksum(header, source, destination, NextHeader.mobilityHeader);
}

/** Writes the checksum for these end points into `header` and returns it. */
export function fillChecksum(header: Uint8Array, { source, destination }: ChecksumAddresses): Uint8Array {
  writeNumber(header, MOBILITY_HEADER_LAYOUT.checksum, mobilityHeaderChecksum(header, source, destination));
  return header;
}

function parseMessage(header: Uint8Array): MobilityMessage {
  const { mhType, headerLength } = MOBILITY_HEADER_LAYOUT;
  const codec = CODEC_BY_TYPE.get(readNumber(header, mhType));
  if (codec === undefined) return parseUnknownMessage(header);
  if (header.length < codec.optionsAt) {
    const detail = `MH Type ${codec.mhType} needs at least ${codec.optionsAt} octets, has ${header.length}`;
    throw new DecodeError('illegal-length', headerLength.name, detail, headerLength.at);
  }
  return codec.parse(header);
}

function emitMessage(message: MobilityMessage): Uint8Array {
  if (message.kind === 'unknown') return emitUnknownMessage(message);
  const codec = CODECS[message.kind] as MessageCodec<MobilityMessage>;
  return codec.emit(message);
}
