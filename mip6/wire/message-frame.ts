import { NextHeader } from './constants.ts';
import { DecodeError } from './decode-error.ts';
import type { MobilityMessage } from './messages.ts';
import type { MobilityOption } from './mobility-options.ts';
import { emitMobilityOptions, parseMobilityOptions } from './mobility-options.ts';
import { readNumber, writeNumber } from './octets.ts';

/*
 * Mobility Header, RFC 6275 §6.1.1: an IPv6 extension header, found by Next Header 135.
 *
 *   octet  width  field
 *   0      1      Payload Proto: what follows; always 59, nothing (the field is for extensions)
 *   1      1      Header Len: length of the whole header in units of 8 octets, not counting the first unit
 *   2      1      MH Type: which message this is
 *   3      1      Reserved: zero from a sender, not looked at by a receiver
 *   4      2      Checksum: Internet checksum over a pseudo-header and the whole header
 *   6      …      Message Data: fixed fields by MH Type, then mobility options up to the header's end
 */
export const MOBILITY_HEADER_LAYOUT = {
  payloadProtocol: { name: 'Payload Proto', at: 0, octets: 1 },
  headerLength: { name: 'Header Len', at: 1, octets: 1 },
  mhType: { name: 'MH Type', at: 2, octets: 1 },
  reserved: { name: 'Reserved', at: 3, octets: 1 },
  checksum: { name: 'Checksum', at: 4, octets: 2 },
} as const;

/** Octets in front of the message data. */
export const MESSAGE_DATA_AT = 6;
const UNIT_OCTETS = 8;
const MAX_OCTETS = 256 * UNIT_OCTETS;

/** One message type: reads from and writes into a whole Mobility Header. */
export interface MessageCodec<Message extends MobilityMessage> {
  readonly mhType: number;
  /** Octets up to the first option, counted from the Mobility Header's start: the shortest legal message. */
  readonly optionsAt: number;
  /** `header`: exactly one Mobility Header, at least `optionsAt` octets. Throws DecodeError. */
  parse(header: Uint8Array): Message;
  /** A Mobility Header with checksum zero. Throws DecodeError `not-representable`. */
  emit(message: Message): Uint8Array;
}

/** The octets of the Mobility Header at the start of `bytes`, by its Header Len; throws DecodeError when cut short. */
export function mobilityHeaderExtent(bytes: Uint8Array): Uint8Array {
  const { headerLength } = MOBILITY_HEADER_LAYOUT;
  const length = (readNumber(bytes, headerLength) + 1) * UNIT_OCTETS;
  if (bytes.length < length) {
    throw new DecodeError(
      'truncated',
      'Mobility Header',
      `needs ${length} octets, have ${bytes.length}`,
      bytes.length,
    );
  }
  return bytes.subarray(0, length);
}

/** The options of a message whose fixed part ends at `optionsAt`. */
export function messageOptions(header: Uint8Array, optionsAt: number): MobilityOption[] {
  return parseMobilityOptions(header, optionsAt);
}

/**
 * A Mobility Header of type `mhType` with its options and padding in place, checksum zero.
 * `writeFields` fills in the fixed fields behind the first six octets.
 */
export function frameMessage(
  codec: { readonly mhType: number; readonly optionsAt: number },
  options: readonly MobilityOption[],
  writeFields: (header: Uint8Array) => void,
): Uint8Array {
  const encoded = emitMobilityOptions(options, codec.optionsAt);
  const header = new Uint8Array(codec.optionsAt + encoded.length);
  header.set(encoded, codec.optionsAt);
  writeFields(header);
  return sealHeader(header, codec.mhType);
}

/** Writes the fields common to all messages into `header`, whose length must be a multiple of 8 up to 2048. */
export function sealHeader(header: Uint8Array, mhType: number): Uint8Array {
  if (header.length === 0 || header.length % UNIT_OCTETS !== 0 || header.length > MAX_OCTETS) {
    const rule = `must be a multiple of ${UNIT_OCTETS} and at most ${MAX_OCTETS}`;
    throw new DecodeError('not-representable', 'Mobility Header', `${header.length} octets, ${rule}`);
  }
  const { payloadProtocol, headerLength, mhType: type } = MOBILITY_HEADER_LAYOUT;
  writeNumber(header, payloadProtocol, NextHeader.none);
  writeNumber(header, headerLength, header.length / UNIT_OCTETS - 1);
  writeNumber(header, type, mhType);
  return header;
}
