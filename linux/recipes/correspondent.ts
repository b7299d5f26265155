import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ICMPV6, type KernelObject } from '../objects/types.ts';
import {
  anyHomeAddressOption,
  BINDING_UPDATE,
  between,
  homeAddressOption,
  mobilityBetween,
  mobilityState,
  policy,
  routingHeader,
  wildcardState,
} from './parts.ts';

const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** A binding that a correspondent node and a mobile node share. */
interface CorrespondentEnds {
  readonly correspondent: Ipv6Address;
  readonly homeAddress: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
}

/**
 * What every correspondent node needs before any binding (RFC 6275 §9): Binding Updates may come with a Home
 * Address option; Mobility Headers and neighbour discovery never leave through a binding (RFC 6275 §6.1, §9.3.2).
 */
export function correspondentBase(): KernelObject[] {
  return [
    wildcardState('home-address-option'),
    policy('in', 'sub', 9, mobilityBetween(undefined, undefined, BINDING_UPDATE), anyHomeAddressOption),
    policy('out', 'sub', 12, mobilityBetween(undefined, undefined)),
    policy('out', 'sub', 12, between(undefined, undefined, ICMPV6, NEIGHBOUR_SOLICITATION)),
    policy('out', 'sub', 3, between(undefined, undefined, ICMPV6, NEIGHBOUR_ADVERTISEMENT)),
  ];
}

/**
 * A Binding Cache entry at the correspondent node: packets to the home address go to the care-of address with a
 * type 2 routing header, packets from it are accepted with a Home Address option (RFC 6275 §9.3.1, §9.3.2).
 */
export function correspondentBinding({
  correspondent,
  homeAddress,
  careOfAddress,
}: CorrespondentEnds): KernelObject[] {
  return [
    mobilityState('routing-header-2', correspondent, homeAddress, careOfAddress),
    mobilityState('home-address-option', homeAddress, correspondent, careOfAddress),
    policy('out', 'sub', 16, between(correspondent, homeAddress), routingHeader),
    policy(
      'in',
      'sub',
      16,
      between(homeAddress, correspondent),
      homeAddressOption(homeAddress, correspondent),
    ),
  ];
}

/**
 * A member with a Binding Update to `correspondent` on its way: only that message carries the Home Address
 * option (RFC 6275 §11.7.2); data still goes through the home agent.
 */
export function mobileBindingPending({
  correspondent,
  homeAddress,
  careOfAddress,
}: CorrespondentEnds): KernelObject[] {
  const template = homeAddressOption(homeAddress, correspondent);
  return [
    mobilityState('home-address-option', homeAddress, correspondent, careOfAddress),
    policy('out', 'sub', 8, mobilityBetween(homeAddress, correspondent, BINDING_UPDATE), template),
  ];
}

/** A member whose binding the correspondent accepted: `mobileBindingPending`, then data both ways optimised (RFC 6275 §11.3.1). */
export function mobileBindingActive(ends: CorrespondentEnds): KernelObject[] {
  const { correspondent, homeAddress } = ends;
  const template = homeAddressOption(homeAddress, correspondent);
  return [
    ...mobileBindingPending(ends),
    policy('out', 'sub', 15, between(homeAddress, correspondent), template),
    policy('in', 'sub', 15, between(correspondent, homeAddress), routingHeader),
  ];
}
