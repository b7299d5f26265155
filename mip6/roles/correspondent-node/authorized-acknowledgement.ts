import type { Ipv6Address } from '../../wire/address.ts';
import { emitAuthenticated } from '../../wire/binding-authorization-data.ts';
import { type AcknowledgementContent, acknowledgementOf } from '../shared/binding-acknowledgements.ts';
import type { BindingRequest } from '../shared/binding-request.ts';
import type { Transmission } from '../shared/datagram.ts';

/** What authorises an acknowledgement: what authorised its update. */
export interface Authorization {
  /** 20 octets */
  readonly kbm: Uint8Array;
  /** that the authenticator covers */
  readonly careOfAddress: Ipv6Address;
}

/** A correspondent node's acknowledgement (RFC 6275 §9.5.4). Without `authorization` it carries no authorization data. */
export function authorizedAcknowledgement(
  request: BindingRequest,
  content: AcknowledgementContent,
  authorization?: Authorization,
): Transmission {
  if (authorization === undefined) return acknowledgementOf(request, content);
  const { kbm, careOfAddress } = authorization;
  return acknowledgementOf(request, content, (message, addresses) =>
    emitAuthenticated(message, kbm, careOfAddress, request.receiver, addresses),
  );
}
