import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Epoch } from './epochs.ts';

interface Holder {
  readonly contactNode: Ipv6Address;
  readonly epoch: Epoch;
}

/** Which member holds which contact address, as any member knows it, trusted or not: Home Tests and plain clients go through it. */
export class ContactDirectory {
  readonly #holders = new Map<Ipv6Address, Holder>();

  /** Takes an announcement (frame `contact-node`); true when the contact node is another one now. Earlier terms are ignored. */
  announced(contactAddress: Ipv6Address, { contactNode, epoch }: Holder): boolean {
    const before = this.#holders.get(contactAddress);
    if (before !== undefined && epoch < before.epoch) return false;
    this.#holders.set(contactAddress, { contactNode, epoch });
    return before?.contactNode !== contactNode;
  }

  contactNodeOf(contactAddress: Ipv6Address): Ipv6Address | undefined {
    return this.#holders.get(contactAddress)?.contactNode;
  }
}
