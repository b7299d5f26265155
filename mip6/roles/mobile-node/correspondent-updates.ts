import type { Ipv6Address } from '../../wire/address.ts';
import { emitAuthenticated } from '../../wire/binding-authorization-data.ts';
import type { BindingUpdate } from '../../wire/messages.ts';
import { bindingManagementKey } from '../shared/binding-management-key.ts';
import type { KeygenToken } from './address-test.ts';
import type { MobileNodeTransmission } from './mobile-node-types.ts';
import type { Numbering } from './numbering.ts';
import type { Need } from './return-routability.ts';

/** What a binding shall become at a correspondent, until it is acknowledged. */
export interface UpdateRequest {
  readonly kind: 'bind' | 'unbind';
  /** seconds, a multiple of 4; 0 for `unbind` */
  readonly lifetimeSeconds: number;
  readonly acknowledge: boolean;
  readonly refresh: boolean;
  readonly activate: 'on-acknowledgement' | 'on-update';
  readonly numbering: Numbering;
  /** transmissions at once, of which one may be lost */
  readonly copies: number;
  /** times the correspondent answered with status 135…138 */
  readonly refusals: number;
}

/** The tests an update of this request is authorised by. */
export function neededTests({ kind }: UpdateRequest): Need {
  return kind === 'bind' ? 'both' : 'home';
}

export interface UpdateAddresses {
  readonly homeAddress: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
  readonly correspondent: Ipv6Address;
  /** to be bound in place of `careOfAddress`, from which the update comes (Alternate Care-of Address, RFC 6275 §6.2.5); default: the same */
  readonly alternate?: Ipv6Address;
}

/**
 * The care-of addresses that the authenticator may cover, in the order in which they are tried. In a de-registration it is the home
 * address by the letter of RFC 6275 §6.2.7; correspondents that read the care-of address there drop such an update without a word.
 */
export function authorizedAddresses(
  { kind }: UpdateRequest,
  { homeAddress, careOfAddress, alternate = careOfAddress }: UpdateAddresses,
): readonly Ipv6Address[] {
  return kind === 'bind' ? [alternate] : [homeAddress, careOfAddress];
}

/** Kbm for a request from the tokens in hand; 20 octets. */
export function updateKey(request: UpdateRequest, home: KeygenToken, careOf?: KeygenToken): Uint8Array {
  return bindingManagementKey(home.token, request.kind === 'bind' ? careOf?.token : undefined);
}

/** The Binding Update to a correspondent (RFC 6275 §11.7.2); its authenticator covers `authorized`. */
export function updateToCorrespondent(
  request: UpdateRequest,
  addresses: UpdateAddresses,
  sequence: number,
  tokens: { readonly home: KeygenToken; readonly careOf: KeygenToken | undefined },
  authorized: Ipv6Address,
): MobileNodeTransmission {
  const { homeAddress, careOfAddress, correspondent, alternate } = addresses;
  const other =
    alternate === undefined ? [] : [{ kind: 'alternate-care-of-address', address: alternate } as const];
  const { home, careOf } = tokens;
  // §6.2.6: the care-of nonce index of a deletion is not looked at; 0 says that none was used.
  const careOfNonceIndex = request.kind === 'bind' ? (careOf?.nonceIndex ?? 0) : 0;
  const update: BindingUpdate = {
    kind: 'binding-update',
    sequence,
    acknowledge: request.acknowledge,
    homeRegistration: false,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds: request.lifetimeSeconds,
    options: [...other, { kind: 'nonce-indices', homeNonceIndex: home.nonceIndex, careOfNonceIndex }],
  };
  const ends = { source: homeAddress, destination: correspondent };
  const kbm = updateKey(request, home, careOf);
  const bytes = emitAuthenticated(update, kbm, authorized, correspondent, ends);
  return { kind: 'transmit', ...ends, careOfAddress, homeAddressOption: true, via: 'direct', bytes };
}
