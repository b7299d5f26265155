import { type Ipv6Address, isUnicastRoutable } from '../../wire/address.ts';
import type { BindingUpdate } from '../../wire/messages.ts';
import type { MobilityOption } from '../../wire/mobility-options.ts';
import type { MobilityDatagram } from './datagram.ts';

/** What a Binding Update asks for, once its addresses have been found (RFC 6275 §9.5.1). */
export interface BindingRequest {
  readonly update: BindingUpdate;
  /** our own address, to which the update was sent */
  readonly receiver: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  /** from the Alternate Care-of Address option if there is one, else `headerAddress` */
  readonly careOfAddress: Ipv6Address;
  /** the IPv6 source address: where the acknowledgement goes */
  readonly headerAddress: Ipv6Address;
  /** lifetime 0, or the care-of address is the home address */
  readonly deletes: boolean;
}

/** The request in an update, undefined when one of its addresses is not unicast and routable. */
export function bindingRequest(
  update: BindingUpdate,
  datagram: MobilityDatagram,
): BindingRequest | undefined {
  const homeAddress = datagram.source;
  const headerAddress = datagram.careOfAddress ?? homeAddress;
  const careOfAddress = findOption(update, 'alternate-care-of-address')?.address ?? headerAddress;
  if (![homeAddress, headerAddress, careOfAddress].every(isUnicastRoutable)) return undefined;
  const deletes = update.lifetimeSeconds === 0 || careOfAddress === homeAddress;
  return { update, receiver: datagram.destination, homeAddress, careOfAddress, headerAddress, deletes };
}

/** The message's first option of a kind. */
export function findOption<Kind extends MobilityOption['kind']>(
  message: { readonly options: readonly MobilityOption[] },
  kind: Kind,
): Extract<MobilityOption, { kind: Kind }> | undefined {
  return message.options.find(
    (option): option is Extract<MobilityOption, { kind: Kind }> => option.kind === kind,
  );
}

/**
 * The care-of addresses that an authenticator may cover. In a de-registration it is the home address by the letter of RFC 6275
 * §6.2.7; UMIP and SHISA take the care-of address there too, so either is right. Nobody without the home keygen token can make one.
 */
export function authorizedCareOfAddresses(request: BindingRequest): readonly Ipv6Address[] {
  const { deletes, homeAddress, careOfAddress } = request;
  return deletes ? [homeAddress, careOfAddress] : [careOfAddress];
}
