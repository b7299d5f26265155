import { ProtocolError } from '../../../mip6/roles/errors.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';
import type { Epoch } from '../../../server/contact-group/epochs.ts';
import type { GroupPlan } from '../../../server/contact-group/group-types.ts';
import { takeoverOrder } from '../../../server/trust-group.ts';
import type { MemberConfig } from '../config.ts';
import type { ContactSettings } from '../contact-settings.ts';

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
  const { trusted, releaseMs: _, ...timing } = contact.group;
  const { contactAddress } = contact;
  return {
    contactAddress,
    self: ipv6(config.careOfAddress),
    order: takeoverOrder({ trusted: trusted.map(ipv6), contacts: contact.among }, contactAddress),
    timing,
    ...(lastEpoch === undefined ? {} : { lastEpoch }),
  };
}
