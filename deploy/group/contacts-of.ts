import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { type ContactSettings, contactsOf } from '../../nodes/member/contact-settings.ts';
import type { MemberConfig } from '../../nodes/member/member-fields.ts';
import type { Configurations, Placed } from '../configurations.ts';

export type PlacedMember = Placed<MemberConfig>;

/** One contact address in a member's configuration. */
export interface PlacedContact {
  readonly member: PlacedMember;
  readonly contact: ContactSettings;
  /** where a field of it stands in that file */
  field(name: 'address' | 'homeAgent' | 'contactNode' | 'associations' | 'group'): string;
}

/** All contact addresses of all members' configurations. */
export function placedContacts({ members }: Configurations): readonly PlacedContact[] {
  return members.flatMap((member) =>
    contactsOf(member.config).map((contact): PlacedContact => {
      const field: PlacedContact['field'] = (name) => {
        if (member.config.contacts !== undefined) return `contacts.${contact.index}.${name}`;
        return name === 'address' ? 'contactAddress' : name;
      };
      return { member, contact, field };
    }),
  );
}

/** Whether a member may hold the associations of some contact address. */
export function isTrusted({ config }: PlacedMember): boolean {
  const self = ipv6(config.careOfAddress);
  return contactsOf(config).some(({ group }) => group?.trusted.some((one) => ipv6(one) === self) === true);
}

/** Both may hold those of a same contact address: they take no other key than a trust key from each other. */
export function trustEachOther(one: PlacedMember, other: PlacedMember): boolean {
  const both: readonly Ipv6Address[] = [ipv6(one.config.careOfAddress), ipv6(other.config.careOfAddress)];
  return contactsOf(one.config).some(({ group }) => {
    const trusted = group?.trusted.map(ipv6) ?? [];
    return both.every((address) => trusted.includes(address));
  });
}

/** Each pair of members once. */
export function pairsOf(
  members: readonly PlacedMember[],
): readonly (readonly [PlacedMember, PlacedMember])[] {
  return members.flatMap((one, place) => members.slice(place + 1).map((other) => [one, other] as const));
}
