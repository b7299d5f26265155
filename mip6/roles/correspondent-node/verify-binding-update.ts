import type { Ipv6Address } from '../../wire/address.ts';
import { verifyAuthenticated } from '../../wire/binding-authorization-data.ts';
import { BindingStatus } from '../../wire/constants.ts';
import { bindingManagementKey } from '../shared/binding-management-key.ts';
import { authorizedCareOfAddresses, type BindingRequest, findOption } from '../shared/binding-request.ts';
import { leadsBack } from '../shared/circular-reference.ts';
import type { Instant } from '../shared/role.ts';
import { isNewerSequence } from '../shared/sequence.ts';
import type { Authorization } from './authorized-acknowledgement.ts';
import type { CorrespondentDiscardReason } from './correspondent-node-types.ts';
import { careOfKeygenToken, homeKeygenToken } from './keygen-tokens.ts';
import type { Nonce, NonceTable } from './nonces.ts';

/** What return routability says about a Binding Update. */
type BindingUpdateVerdict =
  | { readonly kind: 'valid'; readonly authorization: Authorization }
  /** without an authorization the acknowledgement carries no authorization data */
  | {
      readonly kind: 'rejected';
      readonly status: number;
      readonly sequence: number;
      readonly authorization?: Authorization;
    }
  | { readonly kind: 'discarded'; readonly reason: CorrespondentDiscardReason };

interface VerificationContext {
  /** 20 octets */
  readonly kcn: Uint8Array;
  readonly nonces: NonceTable;
  /** of the last valid Binding Update for this home address, if one is remembered */
  readonly lastSequence: number | undefined;
  /** the care-of address that a home address is bound to now */
  boundTo(homeAddress: Ipv6Address): Ipv6Address | undefined;
  readonly now: Instant;
}

/**
 * The tests of RFC 6275 §9.5.1 on a Binding Update to a correspondent node; `bytes` is its whole Mobility Header.
 *
 * The section names the sequence number first. Its rejection must be authorised, though (§9.5.4), which takes the nonces
 * and a right authenticator: so those are looked at before, and a stranger learns no sequence number.
 */
export function verifyBindingUpdate(
  request: BindingRequest,
  bytes: Uint8Array,
  context: VerificationContext,
): BindingUpdateVerdict {
  const { update } = request;
  const indices = findOption(update, 'nonce-indices');
  if (update.homeRegistration) {
    if (indices !== undefined) return { kind: 'discarded', reason: 'nonce-indices-in-home-registration' };
    const bound = context.boundTo(request.homeAddress) !== undefined;
    const { homeRegistrationNotSupported, registrationTypeChangeDisallowed } = BindingStatus;
    return reject(request, bound ? registrationTypeChangeDisallowed : homeRegistrationNotSupported);
  }
  const problem = addressProblem(request, context);
  if (problem !== undefined) return { kind: 'discarded', reason: problem };
  if (indices === undefined) return { kind: 'discarded', reason: 'missing-nonce-indices' };
  if (findOption(update, 'binding-authorization-data') === undefined) {
    return { kind: 'discarded', reason: 'missing-authorization-data' };
  }
  const home = context.nonces.find(indices.homeNonceIndex, context.now);
  const careOf = context.nonces.find(indices.careOfNonceIndex, context.now);
  const expired = expiredNonceStatus(home !== undefined, careOf !== undefined || request.deletes);
  if (home === undefined || expired !== undefined) {
    return reject(request, expired ?? BindingStatus.expiredHomeNonceIndex);
  }
  return verifyAuthorized(request, bytes, context, { home, careOf });
}

function verifyAuthorized(
  request: BindingRequest,
  bytes: Uint8Array,
  { kcn, lastSequence }: VerificationContext,
  nonces: { readonly home: Nonce; readonly careOf: Nonce | undefined },
): BindingUpdateVerdict {
  const { update, homeAddress, careOfAddress, receiver } = request;
  const homeToken = homeKeygenToken(kcn, homeAddress, nonces.home.value);
  const careOfToken =
    request.deletes || nonces.careOf === undefined
      ? undefined
      : careOfKeygenToken(kcn, careOfAddress, nonces.careOf.value);
  const kbm = bindingManagementKey(homeToken, careOfToken);
  const authorized = authorizedCareOfAddresses(request).find((covered) =>
    verifyAuthenticated(bytes, kbm, covered, receiver),
  );
  if (authorized === undefined) return { kind: 'discarded', reason: 'wrong-authenticator' };
  const authorization = { kbm, careOfAddress: authorized };
  if (lastSequence !== undefined && !isNewerSequence(update.sequence, lastSequence)) {
    const status = BindingStatus.sequenceNumberOutOfWindow;
    return { kind: 'rejected', status, sequence: lastSequence, authorization };
  }
  if (!request.deletes && careOfAddress === receiver) {
    const status = BindingStatus.invalidCareOfAddress;
    return { kind: 'rejected', status, sequence: update.sequence, authorization };
  }
  return { kind: 'valid', authorization };
}

// A binding of our own address would send our own packets elsewhere.
function addressProblem(
  { deletes, homeAddress, careOfAddress, receiver }: BindingRequest,
  { boundTo }: VerificationContext,
): CorrespondentDiscardReason | undefined {
  if (homeAddress === receiver) return 'own-address';
  return !deletes && leadsBack(homeAddress, careOfAddress, boundTo) ? 'circular-reference' : undefined;
}

function expiredNonceStatus(homeKnown: boolean, careOfKnown: boolean): number | undefined {
  if (homeKnown) return careOfKnown ? undefined : BindingStatus.expiredCareOfNonceIndex;
  return careOfKnown ? BindingStatus.expiredHomeNonceIndex : BindingStatus.expiredNonces;
}

function reject({ update }: BindingRequest, status: number): BindingUpdateVerdict {
  return { kind: 'rejected', status, sequence: update.sequence };
}
