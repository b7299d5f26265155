import { inPrefix, ipv6, ipv6Prefix } from '../../mip6/wire/address.ts';
import { interfacesOf } from '../../topologies/interfaces.ts';
import type { Topology } from '../../topologies/topology.ts';
import type { Place, WideAreaRoles } from '../../topologies/wide-area-roles.ts';
import { UsageError } from '../usage-error.ts';

/** Roles by the names that a topology gives its addresses (`addresses`, `nameAddresses`). */
const roleNames = {
  client: { pattern: /^client\d*$/, example: 'client' },
  contactAddress: { pattern: /^contact(?:Address)?1?$/, example: 'contactAddress' },
  homeAgent: { pattern: /^(?:homeAgent|ha)1$/, example: 'homeAgent1' },
  member: { pattern: /^node\d+$/, example: 'node1, node2' },
} as const;

/** Who does what for a server on a network, and the addresses by the names that the analysis knows. */
interface ServerRoles {
  readonly roles: WideAreaRoles;
  readonly addresses: Readonly<Record<string, string>>;
}

/**
 * Who is who on a network, by the names of its addresses: `client` (or several), `node1`, `node2`, … for the members, of which the first is the
 * contact node, `homeAgent1` and `contactAddress`. Each but the contact address stands on an interface; whose it is runs the program.
 * Throws UsageError for a network on which no server can be.
 */
export function rolesOf(topology: Topology): ServerRoles {
  const field = `topology ${topology.name}: addresses`;
  const find = (role: keyof typeof roleNames, least: number): readonly (readonly [string, string])[] => {
    const { pattern, example } = roleNames[role];
    const found = Object.entries(topology.addresses).filter(([name]) => pattern.test(name));
    if (found.length >= least) return found;
    const names = Object.keys(topology.addresses).join(', ') || 'none';
    const remedy = `name ${least > 1 ? `${least} at least` : 'it'} in addresses: ${example}`;
    throw new UsageError(field, names, `say nothing of the ${role}`, remedy);
  };
  const place = ([role, address]: readonly [string, string]): Place => placeOf(topology, role, address);
  const clients = find('client', 1).map(place);
  const members = find('member', 2).map(place);
  const homeAgent = place(find('homeAgent', 1)[0]!);
  const [, contact] = find('contactAddress', 1)[0]!;
  if (topology.nodes.every(({ name }) => name !== 'router')) {
    const names = topology.nodes.map(({ name }) => name).join(', ');
    throw new UsageError(
      `topology ${topology.name}: nodes`,
      names,
      'have no router',
      'call one `router`: captures are taken there',
    );
  }
  const numbered = members.map(({ address }, index) => [`node${index + 1}`, address] as const);
  return {
    roles: {
      members,
      clients: clients.map((client) => ({ ...client, kind: 'correspondent-node' })),
      contactAddresses: [
        {
          address: contact,
          homeAgent,
          homePrefix: homePrefixOf(topology, homeAgent, contact),
          contactNode: members[0]!.name,
          backups: members.slice(1).map(({ name }) => name),
        },
      ],
      gateways: [],
      nameServer: undefined,
    },
    addresses: {
      client: clients[0]!.address,
      contactAddress: contact,
      homeAgent1: homeAgent.address,
      ...Object.fromEntries(numbered),
    },
  };
}

function placeOf(topology: Topology, role: string, address: string): Place {
  const at = interfacesOf(topology).find((one) => ipv6(one.address) === ipv6(address));
  if (at !== undefined) {
    const node = topology.nodes.find(({ name }) => name === at.node);
    return { name: at.node, address, site: node?.site ?? at.node };
  }
  const remedy = 'give an address of one of its links';
  throw new UsageError(`topology ${topology.name}: addresses.${role}`, address, 'is on no interface', remedy);
}

/** The home link: where the home agent stands, and the contact address belongs. */
function homePrefixOf({ name, links }: Topology, homeAgent: Place, contact: string): string {
  const own = links.filter(({ addresses }) => addresses.some((one) => ipv6(one) === ipv6(homeAgent.address)));
  const prefixes = own.map(({ prefix }) => prefix);
  const home = prefixes.find((prefix) => inPrefix(ipv6(contact), ipv6Prefix(prefix)));
  if (home !== undefined) return home;
  const remedy = `give one of the home agent's link: in ${prefixes.join(', ')}`;
  throw new UsageError(
    `topology ${name}: addresses.contactAddress`,
    contact,
    'is not on the home link',
    remedy,
  );
}
