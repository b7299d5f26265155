import { COOKIE_OCTETS, MhType } from './constants.ts';
import { frameMessage, type MessageCodec, messageOptions } from './message-frame.ts';
import type { HomeTestInit } from './messages.ts';
import { readOctets, writeOctets } from './octets.ts';

/*
 * Home Test Init (HoTI), RFC 6275 §6.1.3: a mobile node asks for a home keygen token, by way of
 * its home agent, from its home address.
 *
 *   octet  width  field
 *   6      2      Reserved: zero from a sender, not looked at by a receiver
 *   8      8      Home Init Cookie: random, comes back in the answer
 *   16     …      mobility options (none defined)
 */
const LAYOUT = {
  homeInitCookie: { name: 'Home Init Cookie', at: 8, octets: COOKIE_OCTETS },
  optionsAt: 16,
} as const;

/** Parses and emits Home Test Init (HoTI) messages. */
export const homeTestInit: MessageCodec<HomeTestInit> = {
  mhType: MhType.homeTestInit,
  optionsAt: LAYOUT.optionsAt,
  parse: (header) => ({
    kind: 'home-test-init',
    homeInitCookie: readOctets(header, LAYOUT.homeInitCookie),
    options: messageOptions(header, LAYOUT.optionsAt),
  }),
  emit: (message) =>
    frameMessage(homeTestInit, message.options, (header) => {
      writeOctets(header, LAYOUT.homeInitCookie, message.homeInitCookie);
    }),
};
