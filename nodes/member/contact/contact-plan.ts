import { ProtocolError } from '../../../mip6/roles/shared/protocol-error.ts';
import { type Ipv6Address, ipv6 } from '../../../mip6/wire/address.ts';
import type { Epoch } from '../../../server/contact/epochs.ts';
import type { GroupPlan } from '../../../server/contact/group-types.ts';
import { takeoverOrder } from '../../../server/contact/trust-group.ts';
import type { ContactSettings } from '../contact-settings.ts';
import type { MemberConfig } from '../member-fields.ts';

/**
 * The trust group of the contact address as this member's configuration has it; undefined without a group. `lastEpoch`: from an
 * earlier life. Throws ProtocolError when the node that creates the address is not trusted, the group too large, or the channel in the clear.
 */
export function groupPlan(
  config: Pick<MemberConfig, 'careOfAddress' | 'channelKey'>,
  contact: ContactSettings,
  lastEpoch: Epoch | undefined,
): GroupPlan | undefined {
  if (contact.group === undefined) return undefined;
  if (config.channelKey === undefined)
    throw new ProtocolError('a group needs a channelKey: the associations’ keys travel on the channel');
  const { trusted: _trusted, releaseMs: _releaseMs, replicas: _replicas, ...timing } = contact.group;
  return {
    contactAddress: contact.contactAddress,
    self: ipv6(config.careOfAddress),
    order: orderOf(contact),
    timing,
    ...(lastEpoch === undefined ? {} : { lastEpoch }),
  };
}

/** The members with which this one is trusted with a same contact address: channels to them are keyed with the trust key, too. */
export function trustedPeers(
  self: Ipv6Address,
  contacts: readonly ContactSettings[],
): ReadonlySet<Ipv6Address> {
  const orders = contacts.map(orderOf).filter((order) => order.includes(self));
  return new Set(orders.flat().filter((member) => member !== self));
}

/** Nobody without a group. */
function orderOf({ group, among, contactAddress }: ContactSettings): readonly Ipv6Address[] {
  if (group === undefined) return [];
  return takeoverOrder({ trusted: group.trusted.map(ipv6), contacts: among }, contactAddress);
}
