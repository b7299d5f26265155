import type { Ipv6Address } from '../../wire/address.ts';
import { inPrefix } from '../../wire/address.ts';
import { BindingStatus } from '../../wire/constants.ts';
import { type BindingRequest, findOption } from '../shared/binding-request.ts';
import { leadsBack } from '../shared/circular-reference.ts';
import { isNewerSequence } from '../shared/sequence.ts';
import type { HomeAgentConfig, HomeAgentDiscardReason } from './home-agent-types.ts';

type HomeRegistrationVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'rejected'; readonly status: number; readonly sequence: number }
  | { readonly kind: 'discarded'; readonly reason: HomeAgentDiscardReason };

type Addresses = Pick<BindingRequest, 'homeAddress' | 'careOfAddress'>;

interface HomeRegistrationContext {
  readonly protectedByIpsec: boolean;
  /** a binding is held for this home address */
  readonly registered: boolean;
  /** of that binding, or of the update that waits for duplicate address detection */
  readonly lastSequence: number | undefined;
  readonly hasRoom: boolean;
  /** the care-of address that a home address is registered with now */
  boundTo(homeAddress: Ipv6Address): Ipv6Address | undefined;
}

/**
 * The tests of RFC 6275 §9.5.1, §10.3.1 and §10.3.2 on a Binding Update with the H bit, or without it for an address that is
 * registered. Without IPsec nothing is answered.
 */
export function verifyHomeRegistration(
  request: BindingRequest,
  config: HomeAgentConfig,
  context: HomeRegistrationContext,
): HomeRegistrationVerdict {
  const { update } = request;
  if (!context.protectedByIpsec) return { kind: 'discarded', reason: 'not-protected' };
  if (!update.homeRegistration) {
    const status = BindingStatus.registrationTypeChangeDisallowed;
    return { kind: 'rejected', status, sequence: update.sequence };
  }
  if (findOption(update, 'nonce-indices') !== undefined) {
    return { kind: 'discarded', reason: 'nonce-indices-in-home-registration' };
  }
  // §10.3.1: only a node at home, which asks for nothing but deletion, may leave the Home Address option out.
  if (!request.deletes && request.headerAddress === request.homeAddress) {
    return { kind: 'discarded', reason: 'missing-home-address-option' };
  }
  const { homeAddress, careOfAddress } = request;
  if (!request.deletes && leadsBack(homeAddress, careOfAddress, context.boundTo)) {
    return { kind: 'discarded', reason: 'circular-reference' };
  }
  const { lastSequence } = context;
  if (lastSequence !== undefined && !isNewerSequence(update.sequence, lastSequence)) {
    return { kind: 'rejected', status: BindingStatus.sequenceNumberOutOfWindow, sequence: lastSequence };
  }
  const status = request.deletes
    ? deletionRefusal(context.registered)
    : registrationRefusal(request, config, context.hasRoom);
  return status === undefined ? { kind: 'valid' } : { kind: 'rejected', status, sequence: update.sequence };
}

/** Whether a registration of these addresses would be accepted, room given: subnet, addresses served, prohibited ones, no circle. */
export function isRegistrable(addresses: Addresses, config: HomeAgentConfig): boolean {
  return registrationRefusal(addresses, config, true) === undefined;
}

function deletionRefusal(registered: boolean): number | undefined {
  return registered ? undefined : BindingStatus.notHomeAgentForThisMobileNode;
}

function registrationRefusal(
  { homeAddress, careOfAddress }: Addresses,
  { address, prefixes, homeAddresses, prohibited }: HomeAgentConfig,
  hasRoom: boolean,
): number | undefined {
  if (!prefixes.some((prefix) => inPrefix(homeAddress, prefix))) return BindingStatus.notHomeSubnet;
  const served = homeAddress !== address && homeAddresses?.includes(homeAddress) !== false;
  if (!served) return BindingStatus.notHomeAgentForThisMobileNode;
  if (prohibited?.includes(homeAddress) === true) return BindingStatus.administrativelyProhibited;
  // A tunnel to oneself would lead in a circle.
  if (careOfAddress === address) return BindingStatus.invalidCareOfAddress;
  return hasRoom ? undefined : BindingStatus.insufficientResources;
}
