import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type {
  EspStateObject,
  KernelObject,
  ReplayCounters,
  XfrmPolicyObject,
  XfrmSelector,
  XfrmTemplate,
} from '../objects/types.ts';
import { BINDING_ACKNOWLEDGEMENT, BINDING_UPDATE, mobilityBetween, policy } from './parts.ts';

/** One direction's ESP security association, the same values at both of its ends. */
export interface SecurityAssociation {
  readonly spi: number;
  /** ties policy templates to the association; unique on a host */
  readonly requestId: number;
  /** 16, 24 or 32 octets */
  readonly encryptionKey: Uint8Array;
  /** 20 octets */
  readonly authenticationKey: Uint8Array;
  /** where to start; absent: 0. A backup node that takes over starts above its predecessor. */
  readonly replay?: ReplayCounters;
}

/** The four associations of a contact address with its home agent (RFC 6275 §5.1, RFC 4877 §4). */
export interface HomeAssociations {
  /** Binding Updates, home address → home agent, transport mode */
  readonly bindingUpdates: SecurityAssociation;
  /** Binding Acknowledgements, home agent → home address, transport mode */
  readonly bindingAcknowledgements: SecurityAssociation;
  /** return routability towards correspondents, care-of address → home agent, tunnel mode */
  readonly tunnelOut: SecurityAssociation;
  /** return routability from correspondents, home agent → care-of address, tunnel mode */
  readonly tunnelIn: SecurityAssociation;
}

export interface HomeEnds {
  readonly homeAddress: Ipv6Address;
  readonly homeAgent: Ipv6Address;
}

export interface BoundHomeEnds extends HomeEnds {
  readonly careOfAddress: Ipv6Address;
}

/**
 * Transport associations and policies that protect home registration (RFC 6275 §5.1): required on both ends.
 * `end` says whose: the mobile node's (contact node's) or the home agent's.
 */
export function homeRegistrationProtection(
  end: 'mobile-node' | 'home-agent',
  { homeAddress, homeAgent }: HomeEnds,
  { bindingUpdates, bindingAcknowledgements }: HomeAssociations,
): KernelObject[] {
  const mobile = end === 'mobile-node';
  const update = mobilityBetween(homeAddress, homeAgent, BINDING_UPDATE);
  const acknowledgement = mobilityBetween(homeAgent, homeAddress, BINDING_ACKNOWLEDGEMENT);
  return [
    transport(homeAddress, homeAgent, bindingUpdates),
    transport(homeAgent, homeAddress, bindingAcknowledgements),
    policy(mobile ? 'out' : 'in', 'main', 2, update, transportTemplate(bindingUpdates)),
    policy(mobile ? 'in' : 'out', 'main', 2, acknowledgement, transportTemplate(bindingAcknowledgements)),
    // On input a Mobility Header right behind the IPv6 header shows type 0: without this one a forged message that has no
    // Home Address option or routing header would pass unprotected.
    mobile
      ? policy(
          'in',
          'main',
          3,
          mobilityBetween(homeAgent, homeAddress),
          transportTemplate(bindingAcknowledgements),
        )
      : policy('in', 'main', 3, mobilityBetween(homeAddress, homeAgent), transportTemplate(bindingUpdates)),
  ];
}

/** The two tunnel associations, for either end. */
export function tunnelAssociations(
  { homeAgent, careOfAddress }: BoundHomeEnds,
  { tunnelOut, tunnelIn }: HomeAssociations,
): EspStateObject[] {
  return [
    state('tunnel', careOfAddress, homeAgent, tunnelOut),
    state('tunnel', homeAgent, careOfAddress, tunnelIn),
  ];
}

/** A policy that requires the tunnel association between `source` and `destination` for all Mobility Headers selected. */
export function tunnelPolicy(
  direction: XfrmPolicyObject['direction'],
  selector: XfrmSelector,
  source: Ipv6Address,
  destination: Ipv6Address,
  association: SecurityAssociation,
): XfrmPolicyObject {
  const template: XfrmTemplate = {
    protocol: 'esp',
    mode: 'tunnel',
    source,
    destination,
    requestId: association.requestId,
    level: 'required',
  };
  return policy(direction, 'main', 10, selector, template);
}

function transport(
  source: Ipv6Address,
  destination: Ipv6Address,
  association: SecurityAssociation,
): EspStateObject {
  return {
    ...state('transport', source, destination, association),
    selector: mobilityBetween(source, destination),
  };
}

function state(
  mode: EspStateObject['mode'],
  source: Ipv6Address,
  destination: Ipv6Address,
  association: SecurityAssociation,
): EspStateObject {
  return { kind: 'esp-state', mode, source, destination, ...association };
}

function transportTemplate({ requestId }: SecurityAssociation): XfrmTemplate {
  return { protocol: 'esp', mode: 'transport', requestId, level: 'required' };
}
