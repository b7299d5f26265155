import type { Ipv6Address } from '../../wire/address.ts';
import { verifyAuthenticated } from '../../wire/binding-authorization-data.ts';
import { BindingStatus, isAcceptedStatus } from '../../wire/constants.ts';
import type { BindingAcknowledgement } from '../../wire/messages.ts';
import { findOption } from '../shared/binding-request.ts';
import type { Instant } from '../shared/role.ts';
import { authorizedAddresses, type UpdateAddresses, type UpdateRequest } from './correspondent-updates.ts';
import type { MobileNodeDiscardReason } from './mobile-node-types.ts';
import { findSent, type OutstandingUpdates } from './outstanding-updates.ts';

/** Binding Updates on their way, and what is needed to check their acknowledgement. */
export interface AwaitedAcknowledgement {
  readonly request: UpdateRequest;
  readonly addresses: UpdateAddresses;
  /** 20 octets */
  readonly kbm: Uint8Array;
  readonly outstanding: OutstandingUpdates;
}

type AcknowledgementVerdict =
  | { readonly kind: 'discarded'; readonly reason: MobileNodeDiscardReason }
  | {
      readonly kind: 'accepted';
      /** when the update that it answers was sent */
      readonly sentAt: Instant;
      readonly authorized: Ipv6Address;
    }
  /** status 135: its sequence number is the last one the correspondent accepted */
  | { readonly kind: 'out-of-sequence'; readonly authorized: Ipv6Address }
  /** status 136…138 */
  | { readonly kind: 'tokens-expired'; readonly home: boolean; readonly careOf: boolean }
  | { readonly kind: 'refused' };

/**
 * The tests of RFC 6275 §11.7.3 on a correspondent's acknowledgement; `bytes` is its whole Mobility Header.
 *
 * Status 136, 137 and 138 carry no authorization data, as the correspondent no longer knows the key; all others must.
 */
export function verifyAcknowledgement(
  message: BindingAcknowledgement,
  bytes: Uint8Array,
  awaited: AwaitedAcknowledgement,
): AcknowledgementVerdict {
  const { status } = message;
  const sent = findSent(awaited.outstanding, message.sequence);
  const outOfSequence = status === BindingStatus.sequenceNumberOutOfWindow;
  if (sent === undefined && !outOfSequence) {
    return { kind: 'discarded', reason: 'acknowledgement-sequence-mismatch' };
  }
  const expired = expiredTokens(status);
  if (expired !== undefined) return { kind: 'tokens-expired', ...expired };
  if (findOption(message, 'binding-authorization-data') === undefined) {
    return { kind: 'discarded', reason: 'missing-authorization-data' };
  }
  const authorized = authorizedAddress(bytes, awaited);
  if (authorized === undefined) return { kind: 'discarded', reason: 'wrong-authenticator' };
  if (outOfSequence) return { kind: 'out-of-sequence', authorized };
  return isAcceptedStatus(status) && sent !== undefined
    ? { kind: 'accepted', sentAt: sent.at, authorized }
    : { kind: 'refused' };
}

/** The one that the authenticator covers; updates of one sequence number may have covered either. */
function authorizedAddress(
  bytes: Uint8Array,
  { request, addresses, kbm }: AwaitedAcknowledgement,
): Ipv6Address | undefined {
  return authorizedAddresses(request, addresses).find((covered) =>
    verifyAuthenticated(bytes, kbm, covered, addresses.correspondent),
  );
}

function expiredTokens(status: number): { readonly home: boolean; readonly careOf: boolean } | undefined {
  switch (status) {
    case BindingStatus.expiredHomeNonceIndex:
      return { home: true, careOf: false };
    case BindingStatus.expiredCareOfNonceIndex:
      return { home: false, careOf: true };
    case BindingStatus.expiredNonces:
      return { home: true, careOf: true };
    default:
      return undefined;
  }
}
