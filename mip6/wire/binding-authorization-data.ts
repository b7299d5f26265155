import { timingSafeEqual } from 'node:crypto';
import { type Ipv6Address, ipv6ToBytes } from './address.ts';
import { AUTHENTICATOR_OCTETS, KBM_OCTETS } from './constants.ts';
import { DecodeError, notRepresentable } from './decode-error.ts';
import { hmacSha1 } from './hmac-sha1.ts';
import { MOBILITY_HEADER_LAYOUT, mobilityHeaderExtent } from './message-frame.ts';
import type { BindingAcknowledgement, BindingUpdate } from './messages.ts';
import {
  type ChecksumAddresses,
  emitMobilityHeader,
  fillChecksum,
  parseMobilityHeader,
} from './mobility-header.ts';
import { requireLength, writeNumber } from './octets.ts';

/** What the authenticator is computed from (RFC 6275 §6.2.7). */
interface AuthorizationInput {
  /** 20 octets */
  readonly kbm: Uint8Array;
  /** the care-of address that will be registered, or the home address in a de-registration */
  readonly careOfAddress: Ipv6Address;
  /** the correspondent's own address: its home address if it is mobile itself */
  readonly correspondent: Ipv6Address;
  /** a Mobility Header that ends in a Binding Authorization Data option, its authenticator and checksum arbitrary */
  readonly message: Uint8Array;
}

/** A message which return routability can authorise. */
type AuthorizedMessage = BindingUpdate | BindingAcknowledgement;

/**
 * The authenticator, 12 octets: First(96, HMAC_SHA1(Kbm, care-of address | correspondent | MH Data)), where MH Data
 * is the Mobility Header without its authenticator and with checksum zero (RFC 6275 §6.2.7).
 *
 * The home address is not part of the input: Kbm depends on it. Throws DecodeError for a Kbm of another length or
 * a message that does not end in the option.
 */
export function bindingAuthorizationData(input: AuthorizationInput): Uint8Array {
  requireLength('Kbm', input.kbm, KBM_OCTETS);
  const mhData = new Uint8Array(input.message.subarray(0, authenticatorAt(input.message)));
  writeNumber(mhData, MOBILITY_HEADER_LAYOUT.checksum, 0);
  const { kbm, careOfAddress, correspondent } = input;
  const code = hmacSha1(kbm, ipv6ToBytes(careOfAddress), ipv6ToBytes(correspondent), mhData);
  return code.slice(0, AUTHENTICATOR_OCTETS);
}

/** Whether the message's own authenticator is right, compared in constant time; throws as `bindingAuthorizationData`. */
export function verifyBindingAuthorizationData(input: AuthorizationInput): boolean {
  const expected = bindingAuthorizationData(input);
  const at = authenticatorAt(input.message);
  return timingSafeEqual(expected, input.message.subarray(at, at + AUTHENTICATOR_OCTETS));
}

/**
 * A Binding Update or Acknowledgement with the authorising option appended.
 *
 * `message` must not carry the option yet. The checksum is zero unless `addresses` are given.
 * Throws DecodeError `not-representable`.
 */
export function emitAuthenticated(
  message: AuthorizedMessage,
  kbm: Uint8Array,
  careOfAddress: Ipv6Address,
  correspondent: Ipv6Address,
  addresses?: ChecksumAddresses,
): Uint8Array {
  if (message.options.some(({ kind }) => kind === 'binding-authorization-data')) {
    throw notRepresentable('Binding Authorization Data', 'the message carries the option already');
  }
  const blank = {
    kind: 'binding-authorization-data',
    authenticator: new Uint8Array(AUTHENTICATOR_OCTETS),
  } as const;
  const header = emitMobilityHeader({ ...message, options: [...message.options, blank] });
  header.set(
    bindingAuthorizationData({ kbm, careOfAddress, correspondent, message: header }),
    authenticatorAt(header),
  );
  return addresses === undefined ? header : fillChecksum(header, addresses);
}

/**
 * Whether `bytes` are a Binding Update or Acknowledgement authorised by this Kbm for these addresses.
 *
 * False for another message or a missing option; throws DecodeError for octets which are no legal Mobility Header.
 */
export function verifyAuthenticated(
  bytes: Uint8Array,
  kbm: Uint8Array,
  careOfAddress: Ipv6Address,
  correspondent: Ipv6Address,
): boolean {
  return (
    hasAuthenticator(bytes) &&
    verifyBindingAuthorizationData({ kbm, careOfAddress, correspondent, message: bytes })
  );
}

function hasAuthenticator(bytes: Uint8Array): boolean {
  const { message } = parseMobilityHeader(bytes);
  const carrier = message.kind === 'binding-update' || message.kind === 'binding-acknowledgement';
  return carrier && message.options.at(-1)?.kind === 'binding-authorization-data';
}

// The parser lets the option stand at the header's end only, so the authenticator is the last twelve octets.
function authenticatorAt(bytes: Uint8Array): number {
  if (!hasAuthenticator(bytes)) {
    const detail = 'missing: not a Binding Update or Acknowledgement that ends in it';
    throw new DecodeError('illegal-placement', 'Binding Authorization Data', detail);
  }
  return mobilityHeaderExtent(bytes).length - AUTHENTICATOR_OCTETS;
}
