import { COOKIE_OCTETS, KEYGEN_TOKEN_OCTETS, MhType } from './constants.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { CareOfTest } from './messages.ts';
import { readNumber, readOctets, writeNumber, writeOctets } from './octets.ts';

/*
 * Care-of Test (CoT), RFC 6275 §6.1.6: a correspondent node's answer to a Care-of Test Init, sent to the
 * care-of address.
 *
 *   octet  width  field
 *   6      2      Care-of Nonce Index: names the nonce the token was made with
 *   8      8      Care-of Init Cookie: as in the request
 *   16     8      Care-of Keygen Token: one half of the input to Kbm
 *   24     …      mobility options (none defined)
 */
const LAYOUT = {
  careOfNonceIndex: { name: 'Care-of Nonce Index', at: 6, octets: 2 },
  careOfInitCookie: { name: 'Care-of Init Cookie', at: 8, octets: COOKIE_OCTETS },
  careOfKeygenToken: { name: 'Care-of Keygen Token', at: 16, octets: KEYGEN_TOKEN_OCTETS },
  optionsAt: 24,
} as const;

/** Parses and emits Care-of Test (CoT) messages. */
export const careOfTest: MessageCodec<CareOfTest> = {
  mhType: MhType.careOfTest,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'care-of-test',
    careOfNonceIndex: readNumber(header, LAYOUT.careOfNonceIndex),
    careOfInitCookie: readOctets(header, LAYOUT.careOfInitCookie),
    careOfKeygenToken: readOctets(header, LAYOUT.careOfKeygenToken),
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) =>
    frameMessage(careOfTest, message.options, (header) => {
      writeNumber(header, LAYOUT.careOfNonceIndex, message.careOfNonceIndex);
      writeOctets(header, LAYOUT.careOfInitCookie, message.careOfInitCookie);
      writeOctets(header, LAYOUT.careOfKeygenToken, message.careOfKeygenToken);
    }),
};
