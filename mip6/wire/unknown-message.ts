import { MhType } from './constants.ts';
import { notRepresentable } from './decode-error.ts';
import { MESSAGE_DATA_AT, MOBILITY_HEADER_LAYOUT, sealHeader } from './message-frame.ts';
import type { UnknownMobilityMessage } from './messages.ts';
import { readNumber } from './octets.ts';

/** A message of an MH Type we do not know, kept whole: RFC 6275 §9.2 answers it with a Binding Error, status 2. */
export function parseUnknownMessage(header: Uint8Array): UnknownMobilityMessage {
  return {
    kind: 'unknown',
    mhType: readNumber(header, MOBILITY_HEADER_LAYOUT.mhType),
    data: new Uint8Array(header.subarray(MESSAGE_DATA_AT)),
  };
}

/** The Mobility Header around `data`, whose length must be a multiple of 8, plus 2; throws DecodeError otherwise. */
export function emitUnknownMessage(message: UnknownMobilityMessage): Uint8Array {
  if (Object.values(MhType).some((known) => known === message.mhType)) {
    throw notRepresentable('MH Type', `${message.mhType} has a message type of its own`);
  }
  const header = new Uint8Array(MESSAGE_DATA_AT + message.data.length);
  header.set(message.data, MESSAGE_DATA_AT);
  return sealHeader(header, message.mhType);
}
