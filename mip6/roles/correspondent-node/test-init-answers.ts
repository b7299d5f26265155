import { isUnicastRoutable } from '../../wire/address.ts';
import type { CareOfTestInit, HomeTestInit, MobilityMessage } from '../../wire/messages.ts';
import { emitMobilityHeader } from '../../wire/mobility-header.ts';
import type { MobilityDatagram, Transmission } from '../shared/datagram.ts';
import type { CorrespondentDiscardReason } from './correspondent-node-types.ts';
import { careOfKeygenToken, homeKeygenToken } from './keygen-tokens.ts';
import type { Nonce } from './nonces.ts';

/**
 * The Home Test or Care-of Test that answers an Init, a function of the packet and the current nonce alone
 * (RFC 6275 §9.4): nothing is remembered. It goes back to the Init's source, never by a type 2 routing header.
 */
export function answerTestInit(
  init: HomeTestInit | CareOfTestInit,
  datagram: MobilityDatagram,
  kcn: Uint8Array,
  nonce: Nonce,
): Transmission | { readonly kind: 'discarded'; readonly reason: CorrespondentDiscardReason } {
  if (datagram.careOfAddress !== undefined) {
    return { kind: 'discarded', reason: 'home-address-option-in-test-init' };
  }
  if (!isUnicastRoutable(datagram.source)) return { kind: 'discarded', reason: 'address-not-unicast' };
  const addresses = { source: datagram.destination, destination: datagram.source };
  const bytes = emitMobilityHeader(testMessage(init, datagram, kcn, nonce), addresses);
  return { kind: 'transmit', ...addresses, bytes };
}

function testMessage(
  init: HomeTestInit | CareOfTestInit,
  { source }: MobilityDatagram,
  kcn: Uint8Array,
  nonce: Nonce,
): MobilityMessage {
  if (init.kind === 'home-test-init') {
    return {
      kind: 'home-test',
      homeNonceIndex: nonce.index,
      homeInitCookie: init.homeInitCookie,
      homeKeygenToken: homeKeygenToken(kcn, source, nonce.value),
      options: [],
    };
  }
  return {
    kind: 'care-of-test',
    careOfNonceIndex: nonce.index,
    careOfInitCookie: init.careOfInitCookie,
    careOfKeygenToken: careOfKeygenToken(kcn, source, nonce.value),
    options: [],
  };
}
