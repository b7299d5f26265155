import type { Ipv6Address } from '../../wire/address.ts';
import type { BindingUpdate } from '../../wire/messages.ts';
import { emitMobilityHeader } from '../../wire/mobility-header.ts';
import type { MobileNodeTransmission } from './mobile-node-types.ts';

/** What the home agent shall hold, until it is acknowledged. */
export interface HomeRequest {
  readonly kind: 'register' | 'deregister';
  readonly homeAgent: Ipv6Address;
  readonly careOfAddress: Ipv6Address;
  /** seconds, a multiple of 4; 0 for `deregister` */
  readonly lifetimeSeconds: number;
  /** wanted by the caller for the first Binding Update */
  readonly sequence?: number;
  /** times the home agent answered with status 135 */
  readonly refusals: number;
}

/**
 * The Binding Update of a home registration (RFC 6275 §11.7.1): protected by ESP, which leaves the IPv6 source address
 * open, so the care-of address is repeated in an option.
 */
export function updateToHomeAgent(
  request: HomeRequest,
  homeAddress: Ipv6Address,
  sequence: number,
): MobileNodeTransmission {
  const { homeAgent, careOfAddress, lifetimeSeconds } = request;
  const update: BindingUpdate = {
    kind: 'binding-update',
    sequence,
    acknowledge: true,
    homeRegistration: true,
    linkLocalCompatibility: false,
    keyManagement: false,
    lifetimeSeconds,
    options: [{ kind: 'alternate-care-of-address', address: careOfAddress }],
  };
  const ends = { source: homeAddress, destination: homeAgent };
  const bytes = emitMobilityHeader(update, ends);
  return { kind: 'transmit', ...ends, careOfAddress, homeAddressOption: true, via: 'direct', bytes };
}
