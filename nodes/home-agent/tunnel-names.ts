import type { Ipv6Address } from '../../mip6/wire/address.ts';

interface Tunnel {
  readonly name: string;
  readonly careOfAddress: Ipv6Address;
}

/**
 * Names of a home agent's tunnel devices: the kernel has one tunnel between two addresses, so that home addresses which are bound
 * to one care-of address share it. A home address that moves alone keeps its device.
 */
export class TunnelNames {
  readonly #homeAddresses: readonly Ipv6Address[];
  readonly #byHomeAddress = new Map<Ipv6Address, Tunnel>();

  constructor(homeAddresses: readonly Ipv6Address[]) {
    this.#homeAddresses = homeAddresses;
  }

  /** The device for a home address that is bound to this care-of address now. */
  towards(careOfAddress: Ipv6Address, homeAddress: Ipv6Address): string {
    const others = [...this.#byHomeAddress]
      .filter(([other]) => other !== homeAddress)
      .map(([, used]) => used);
    const name =
      others.find((other) => other.careOfAddress === careOfAddress)?.name ?? this.#own(homeAddress, others);
    this.#byHomeAddress.set(homeAddress, { name, careOfAddress });
    return name;
  }

  /** The home address is bound no more. */
  leave(homeAddress: Ipv6Address): void {
    this.#byHomeAddress.delete(homeAddress);
  }

  /** There are as many names as home addresses: one of them is free. */
  #own(homeAddress: Ipv6Address, others: readonly Tunnel[]): string {
    const before = this.#byHomeAddress.get(homeAddress)?.name;
    const first = `tm${this.#homeAddresses.indexOf(homeAddress)}`;
    const names = [
      ...(before === undefined ? [] : [before]),
      first,
      ...this.#homeAddresses.map((_, index) => `tm${index}`),
    ];
    return names.find((name) => others.every((other) => other.name !== name))!;
  }
}
