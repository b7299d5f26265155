import { type Ipv6Address, isGlobalUnicast } from '../../mip6/wire/address.ts';

/** What a server's own addresses are for, as a refusal names it. */
export type AddressUse = 'care-of address' | 'contact address' | 'home agent' | 'name server';

/**
 * The addresses that are the server's own, so that no peer can pass one of them off as a client's: `configured` never change, `members`
 * are those that have a channel now. An address that other members only tell of is none: any of them could then have a client refused.
 */
export class GroupAddresses {
  readonly #configured: ReadonlyMap<Ipv6Address, AddressUse>;
  readonly #isMember: (address: Ipv6Address) => boolean;

  constructor(
    configured: Iterable<readonly [Ipv6Address, AddressUse]>,
    isMember: (address: Ipv6Address) => boolean = () => false,
  ) {
    this.#configured = new Map(configured);
    this.#isMember = isMember;
  }

  /** What the server has this address for; undefined when it is not one of its own. */
  useOf(address: Ipv6Address): AddressUse | undefined {
    return this.#configured.get(address) ?? (this.#isMember(address) ? 'care-of address' : undefined);
  }

  /** Why this cannot be a client's address, in words; undefined when it can: a global unicast address that is nobody's of the server. */
  whyNoClient(address: Ipv6Address): string | undefined {
    if (!isGlobalUnicast(address)) return `client ${address} is no global unicast address`;
    const use = this.useOf(address);
    return use === undefined ? undefined : `client ${address} is a ${use} of this server`;
  }

  /** Why this cannot be a member that was not known before, in words. */
  whyNoMember(address: Ipv6Address): string | undefined {
    if (!isGlobalUnicast(address)) return `member ${address} is no global unicast address`;
    const use = this.useOf(address);
    return use === undefined || use === 'care-of address'
      ? undefined
      : `member ${address} is a ${use} of this server`;
  }
}
