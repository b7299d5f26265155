import { type Ipv6Address, type Ipv6Prefix, prefixOf, UNSPECIFIED } from '../../mip6/wire/address.ts';
import {
  MOBILITY_HEADER,
  type MobilityStateObject,
  type XfrmPolicyObject,
  type XfrmSelector,
  type XfrmTemplate,
} from '../objects/types.ts';

/** ::/0 */
export const ANYWHERE: Ipv6Prefix = prefixOf(UNSPECIFIED, 0);

/** Mobility Header types (RFC 6275 §6.1) that policies tell apart. */
export const BINDING_UPDATE = 5;
export const BINDING_ACKNOWLEDGEMENT = 6;

/** The /128 of one address. */
export function host(address: Ipv6Address): Ipv6Prefix {
  return { address, length: 128 };
}

/** A selector; absent ends are ::/0. */
export function between(
  source: Ipv6Address | undefined,
  destination: Ipv6Address | undefined,
  protocol?: number,
  type?: number,
): XfrmSelector {
  return {
    source: source === undefined ? ANYWHERE : host(source),
    destination: destination === undefined ? ANYWHERE : host(destination),
    ...(protocol === undefined ? {} : { protocol }),
    ...(type === undefined ? {} : { type }),
  };
}

/** A selector of Mobility Header packets; without `type` all of them. */
export function mobilityBetween(
  source: Ipv6Address | undefined,
  destination: Ipv6Address | undefined,
  type?: number,
): XfrmSelector {
  return between(source, destination, MOBILITY_HEADER, type);
}

export function policy(
  direction: XfrmPolicyObject['direction'],
  list: XfrmPolicyObject['list'],
  priority: number,
  selector: XfrmSelector,
  ...templates: XfrmTemplate[]
): XfrmPolicyObject {
  return { kind: 'xfrm-policy', direction, list, priority, selector, templates };
}

/** Use the Home Address option between these addresses, if there is a state. */
export function homeAddressOption(source: Ipv6Address, destination: Ipv6Address): XfrmTemplate {
  return { protocol: 'home-address-option', mode: 'route-optimization', source, destination, level: 'use' };
}

/** Use a type 2 routing header. The source stays `::`: on input the state that matches is the wildcard one. */
export const routingHeader: XfrmTemplate = {
  protocol: 'routing-header-2',
  mode: 'route-optimization',
  level: 'use',
};

/** Accepts any Home Address option. */
export const anyHomeAddressOption: XfrmTemplate = {
  protocol: 'home-address-option',
  mode: 'route-optimization',
  level: 'use',
};

/** Packets from `source` to `destination` carry the care-of address in the header named. */
export function mobilityState(
  protocol: MobilityStateObject['protocol'],
  source: Ipv6Address,
  destination: Ipv6Address,
  careOfAddress: Ipv6Address,
): MobilityStateObject {
  return {
    kind: 'mobility-state',
    protocol,
    source,
    destination,
    careOfAddress,
    selector: between(source, destination),
  };
}

/** The state that lets route optimisation headers of any peer in. */
export function wildcardState(protocol: MobilityStateObject['protocol']): MobilityStateObject {
  return {
    kind: 'mobility-state',
    protocol,
    source: UNSPECIFIED,
    destination: UNSPECIFIED,
    careOfAddress: UNSPECIFIED,
    wildcard: true,
    selector: between(undefined, undefined),
  };
}
