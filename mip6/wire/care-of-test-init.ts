import { COOKIE_OCTETS, MhType } from './constants.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { CareOfTestInit } from './messages.ts';
import { readOctets, writeOctets } from './octets.ts';

/*
 * Care-of Test Init (CoTI), RFC 6275 §6.1.4: a mobile node asks for a care-of keygen token,
 * straight from its care-of address.
 *
 *   octet  width  field
 *   6      2      Reserved: zero from a sender, not looked at by a receiver
 *   8      8      Care-of Init Cookie: random, comes back in the answer
 *   16     …      mobility options (none defined)
 */
const LAYOUT = {
  careOfInitCookie: { name: 'Care-of Init Cookie', at: 8, octets: COOKIE_OCTETS },
  optionsAt: 16,
} as const;

/** Parses and emits Care-of Test Init (CoTI) messages. */
export const careOfTestInit: MessageCodec<CareOfTestInit> = {
  mhType: MhType.careOfTestInit,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'care-of-test-init',
    careOfInitCookie: readOctets(header, LAYOUT.careOfInitCookie),
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) =>
    frameMessage(careOfTestInit, message.options, (header) => {
      writeOctets(header, LAYOUT.careOfInitCookie, message.careOfInitCookie);
    }),
};
