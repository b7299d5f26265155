import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { LARGEST_TRUST_GROUP } from './epochs.ts';

/** Configuration of who may hold association data (paper §7.1); every member of the server has the same. */
export interface TrustPlan {
  /** care-of addresses of the members that may be contact or backup node of any contact address */
  readonly trusted: readonly Ipv6Address[];
  /** the contact addresses with their first contact nodes */
  readonly contacts: readonly { readonly contactAddress: Ipv6Address; readonly contactNode: Ipv6Address }[];
}

/**
 * The members that may hold a contact address, first choice first: its contact node; then, in the order of the contact addresses,
 * the nodes of the others (paper §7.3: that keeps the number of trusted nodes low); with one contact address all trusted members.
 * Throws ProtocolError when the address is unknown, its contact node is not trusted, or the group would be too large.
 */
export function takeoverOrder(
  { trusted, contacts }: TrustPlan,
  contactAddress: Ipv6Address,
): readonly Ipv6Address[] {
  const position = contacts.findIndex((contact) => contact.contactAddress === contactAddress);
  const contact = contacts[position];
  if (contact === undefined)
    throw new ProtocolError(`${contactAddress} is no contact address of this server`);
  if (!trusted.includes(contact.contactNode))
    throw new ProtocolError(
      `${contact.contactNode} is not trusted with the associations of ${contactAddress}`,
    );
  const behind = [...contacts.slice(position), ...contacts.slice(0, position)].map(
    (other) => other.contactNode,
  );
  const others = contacts.length > 1 ? behind.filter((member) => trusted.includes(member)) : trusted;
  const order = [...new Set([contact.contactNode, ...others])];
  if (order.length > LARGEST_TRUST_GROUP)
    throw new ProtocolError(`${order.length} members are too many for one contact address`);
  return order;
}
