import type { ApplicationConfig } from '../../applications/registry.ts';
import { CONTACT_ADDRESS_TABLE } from '../../linux/recipes/member.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { TrustPlan } from '../../server/contact/trust-group.ts';
import type { ContactNames } from './contact/member-paths.ts';
import type { ContactGroupSettings, MemberConfig } from './member-fields.ts';

/** One contact address as a member's configuration has it. */
export interface ContactSettings {
  /** its place among the server's contact addresses, the same at every member; from 0 */
  readonly index: number;
  readonly contactAddress: Ipv6Address;
  readonly homeAgent: Ipv6Address;
  /** care-of address of the member that creates it */
  readonly contactNode: Ipv6Address;
  readonly associations?: NonNullable<MemberConfig['associations']>;
  readonly group?: ContactGroupSettings;
  /** the contact addresses that have this group together: their nodes are each other's backups */
  readonly among: TrustPlan['contacts'];
  readonly application: ApplicationConfig;
  readonly names: ContactNames;
}

/** The contact addresses of a server, in their order; the single fields of the configuration are the short form of one. */
export function contactsOf(config: MemberConfig): readonly ContactSettings[] {
  const given = config.contacts ?? [shortForm(config)];
  const places = given.map((contact) => ({
    contactAddress: ipv6(contact.address),
    homeAgent: ipv6(contact.homeAgent),
    contactNode: ipv6(contact.contactNode),
  }));
  return places.map((place, index): ContactSettings => {
    const { associations, group: own, application = config.application } = given[index]!;
    const group = own ?? config.group;
    return {
      index,
      ...place,
      ...(associations === undefined ? {} : { associations }),
      ...(group === undefined ? {} : { group }),
      among: own === undefined ? places : [place],
      application,
      names: namesOf(places, index),
    };
  });
}

function shortForm({
  contactAddress = '',
  homeAgent = '',
  contactNode = '',
  associations,
}: MemberConfig): NonNullable<MemberConfig['contacts']>[number] {
  return { address: contactAddress, homeAgent, contactNode, associations };
}

/** Contact addresses of one home agent share a tunnel to it: the kernel has one between two addresses. */
function namesOf(places: readonly { readonly homeAgent: Ipv6Address }[], index: number): ContactNames {
  const first = places.findIndex(({ homeAgent }) => homeAgent === places[index]!.homeAgent);
  return { homeTunnel: first === 0 ? 'tha' : `tha${first}`, table: CONTACT_ADDRESS_TABLE + index };
}
