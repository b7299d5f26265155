import { COOKIE_OCTETS, KEYGEN_TOKEN_OCTETS, MhType } from './constants.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { HomeTest } from './messages.ts';
import { readNumber, readOctets, writeNumber, writeOctets } from './octets.ts';

/*
 * Home Test (HoT), RFC 6275 §6.1.5: a correspondent node's answer to a Home Test Init, sent to the home address.
 *
 *   octet  width  field
 *   6      2      Home Nonce Index: names the nonce the token was made with
 *   8      8      Home Init Cookie: as in the request
 *   16     8      Home Keygen Token: one half of the input to Kbm
 *   24     …      mobility options (none defined)
 */
const LAYOUT = {
  homeNonceIndex: { name: 'Home Nonce Index', at: 6, octets: 2 },
  homeInitCookie: { name: 'Home Init Cookie', at: 8, octets: COOKIE_OCTETS },
  homeKeygenToken: { name: 'Home Keygen Token', at: 16, octets: KEYGEN_TOKEN_OCTETS },
  optionsAt: 24,
} as const;

/** Parses and emits Home Test (HoT) messages. */
export const homeTest: MessageCodec<HomeTest> = {
  mhType: MhType.homeTest,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'home-test',
    homeNonceIndex: readNumber(header, LAYOUT.homeNonceIndex),
    homeInitCookie: readOctets(header, LAYOUT.homeInitCookie),
    homeKeygenToken: readOctets(header, LAYOUT.homeKeygenToken),
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) =>
    frameMessage(homeTest, message.options, (header) => {
      writeNumber(header, LAYOUT.homeNonceIndex, message.homeNonceIndex);
      writeOctets(header, LAYOUT.homeInitCookie, message.homeInitCookie);
      writeOctets(header, LAYOUT.homeKeygenToken, message.homeKeygenToken);
    }),
};
