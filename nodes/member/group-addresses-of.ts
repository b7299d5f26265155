import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { type AddressUse, GroupAddresses } from '../../server/admission/group-addresses.ts';
import type { ContactSettings } from './contact-settings.ts';
import type { MemberConfig } from './member-fields.ts';

/** The server's own addresses as a member's configuration names them; `stands`: of members that it has a channel to. */
export function groupAddressesOf(
  config: Pick<MemberConfig, 'careOfAddress' | 'membership' | 'peers' | 'publication'>,
  contacts: readonly Pick<ContactSettings, 'contactAddress' | 'contactNode' | 'group' | 'homeAgent'>[],
  stands: (address: Ipv6Address) => boolean,
): GroupAddresses {
  const { careOfAddress, membership, peers, publication } = config;
  const members = [
    careOfAddress,
    ...peers,
    ...(membership?.introducers ?? []),
    ...contacts.flatMap(({ contactNode, group }) => [contactNode, ...(group?.trusted ?? [])]),
  ];
  const nameServers = publication === undefined ? [] : [publication.nameServer];
  const uses: readonly (readonly [string, AddressUse])[] = [
    ...nameServers.map((address) => [address, 'name server'] as const),
    ...members.map((address) => [address, 'care-of address'] as const),
    ...contacts.map(({ homeAgent }) => [homeAgent, 'home agent'] as const),
    ...contacts.map(({ contactAddress }) => [contactAddress, 'contact address'] as const),
  ];
  return new GroupAddresses(
    uses.map(([address, use]) => [ipv6(address), use] as const),
    stands,
  );
}
