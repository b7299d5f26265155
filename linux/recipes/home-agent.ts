import type { KernelObject } from '../objects/types.ts';
import {
  type BoundHomeEnds,
  type HomeAssociations,
  type HomeEnds,
  homeRegistrationProtection,
  tunnelAssociations,
  tunnelPolicy,
} from './associations.ts';
import { correspondentBase } from './correspondent.ts';
import { host, mobilityBetween } from './parts.ts';

interface HomeAgentBaseParameters extends HomeEnds {
  /** absent: Binding Updates are accepted unprotected */
  readonly associations?: HomeAssociations;
}

/**
 * What a home agent needs for one contact address before it is bound: a correspondent node's base (Binding Updates
 * come with a Home Address option), and with associations ESP required for home registration (RFC 6275 §10.3.1).
 */
export function homeAgentBase(parameters: HomeAgentBaseParameters): KernelObject[] {
  const { associations } = parameters;
  const protection =
    associations === undefined ? [] : homeRegistrationProtection('home-agent', parameters, associations);
  return [...correspondentBase(), ...protection];
}

export interface HomeBindingParameters extends BoundHomeEnds {
  /** name of the tunnel device to make, at most 15 octets */
  readonly tunnelName: string;
  /** absent: everything, return routability too, in the plain tunnel */
  readonly associations?: HomeAssociations;
}

/**
 * A home registration at the home agent: packets to the contact address go through a tunnel to the contact node's
 * care-of address (RFC 6275 §10.4.2); with associations, Mobility Headers to and from correspondents in ESP (§10.4.6).
 * The home agent routes for the home link: hosts on that link itself would need proxy neighbour discovery (§10.4.1), not made here.
 */
export function homeAgentBinding(parameters: HomeBindingParameters): KernelObject[] {
  const { homeAddress, homeAgent, careOfAddress, tunnelName, associations } = parameters;
  return [
    { kind: 'tunnel', name: tunnelName, local: homeAgent, remote: careOfAddress },
    { kind: 'route', destination: host(homeAddress), device: tunnelName },
    ...(associations === undefined ? [] : protectedTunnel(parameters, associations)),
  ];
}

/** No Mobility Header type in these selectors: the kernel's session decoder reads type 0 from packets it forwards. */
function protectedTunnel(ends: BoundHomeEnds, associations: HomeAssociations): KernelObject[] {
  const { homeAddress, homeAgent, careOfAddress } = ends;
  const { tunnelOut, tunnelIn } = associations;
  const fromMobile = mobilityBetween(homeAddress, undefined);
  const toMobile = mobilityBetween(undefined, homeAddress);
  return [
    ...tunnelAssociations(ends, associations),
    tunnelPolicy('fwd', fromMobile, careOfAddress, homeAgent, tunnelOut),
    tunnelPolicy('out', toMobile, homeAgent, careOfAddress, tunnelIn),
  ];
}
