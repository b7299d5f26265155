import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { KernelObject } from '../objects/types.ts';
import {
  type BoundHomeEnds,
  type HomeAssociations,
  homeRegistrationProtection,
  tunnelAssociations,
  tunnelPolicy,
} from './associations.ts';
import type { HomeBindingParameters } from './home-agent.ts';
import {
  ANYWHERE,
  BINDING_ACKNOWLEDGEMENT,
  BINDING_UPDATE,
  homeAddressOption,
  host,
  mobilityBetween,
  mobilityState,
  policy,
  routingHeader,
  wildcardState,
} from './parts.ts';

/** The table that packets from a server's first contact address are looked up in; each further address has the next one. */
export const CONTACT_ADDRESS_TABLE = 100;
const CONTACT_ADDRESS_PREFERENCE = 1000;

/**
 * What every member node has: the contact address as home address on the loopback device, type 2 routing headers
 * accepted, and Mobility Headers that leave without a Home Address option unless a typed policy says otherwise.
 */
export function memberBase({ homeAddress }: { readonly homeAddress: Ipv6Address }): KernelObject[] {
  return [
    { kind: 'address', address: homeAddress, device: 'lo', homeAddress: true, skipDuplicateDetection: true },
    wildcardState('routing-header-2'),
    policy('in', 'sub', 19, { source: ANYWHERE, destination: ANYWHERE }, routingHeader),
    // Untyped on purpose: a Home Test Init that a contact node forwards for another member shows type 0 here, and
    // without this policy would get the contact node's own Home Address option.
    policy('out', 'sub', 9, mobilityBetween(homeAddress, undefined)),
  ];
}

/**
 * The contact node's side of home registration (RFC 6275 §11.7.1): Binding Updates to the home agent carry the
 * Home Address option, and with associations ESP; everything else from the contact address goes through the
 * home tunnel, return routability with associations in ESP (§11.6.1, §11.6.3).
 */
export function contactNode(parameters: HomeBindingParameters & { readonly table?: number }): KernelObject[] {
  const { homeAddress, homeAgent, careOfAddress, tunnelName, associations, table } = parameters;
  return [
    ...(associations === undefined
      ? []
      : homeRegistrationProtection('mobile-node', parameters, associations)),
    mobilityState('home-address-option', homeAddress, homeAgent, careOfAddress),
    policy(
      'out',
      'sub',
      2,
      mobilityBetween(homeAddress, homeAgent, BINDING_UPDATE),
      homeAddressOption(homeAddress, homeAgent),
    ),
    ...(associations === undefined ? [] : protectedTunnel(parameters, associations)),
    ...memberTunnel({ name: tunnelName, local: careOfAddress, remote: homeAgent }),
    ...acceptorRouting({ homeAddress, tunnelName, ...(table === undefined ? {} : { table }) }),
  ];
}

/** A tunnel between two members, or to the home agent; make the mirror image at the other end. */
export function memberTunnel(ends: {
  readonly name: string;
  readonly local: Ipv6Address;
  readonly remote: Ipv6Address;
}): KernelObject[] {
  return [{ kind: 'tunnel', ...ends }];
}

/**
 * Packets from the contact address leave through the tunnel, unless route optimisation sends them elsewhere: at an
 * acceptor the tunnel to the contact node, at the contact node the tunnel to the home agent. `table`: the address's own.
 */
export function acceptorRouting({
  homeAddress,
  tunnelName,
  table = CONTACT_ADDRESS_TABLE,
}: {
  readonly homeAddress: Ipv6Address;
  readonly tunnelName: string;
  readonly table?: number;
}): KernelObject[] {
  return [
    { kind: 'route', destination: ANYWHERE, device: tunnelName, table },
    { kind: 'rule', preference: CONTACT_ADDRESS_PREFERENCE, from: host(homeAddress), table },
  ];
}

/** The two policies without templates keep messages to and from correspondents that travel outside the tunnel out of it. */
function protectedTunnel(ends: BoundHomeEnds, associations: HomeAssociations): KernelObject[] {
  const { homeAddress, homeAgent, careOfAddress } = ends;
  const { tunnelOut, tunnelIn } = associations;
  const toHome = mobilityBetween(undefined, homeAddress);
  const fromHome = mobilityBetween(homeAddress, undefined);
  return [
    ...tunnelAssociations(ends, associations),
    policy('out', 'main', 4, mobilityBetween(homeAddress, undefined, BINDING_UPDATE)),
    tunnelPolicy('out', fromHome, careOfAddress, homeAgent, tunnelOut),
    policy('in', 'main', 5, mobilityBetween(undefined, homeAddress, BINDING_ACKNOWLEDGEMENT)),
    tunnelPolicy('in', toHome, homeAgent, careOfAddress, tunnelIn),
  ];
}
