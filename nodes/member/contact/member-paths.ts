import { acceptorRouting } from '../../../linux/recipes/member.ts';
import type { Reconciler } from '../../../linux/reconciler.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { MemberTunnels } from './member-tunnels.ts';

/** What of the kernel's names and numbers belongs to one contact address. */
export interface ContactNames {
  /** interface of the tunnel to the home agent; there is one at the contact node only */
  readonly homeTunnel: string;
  /** routing table that packets from the contact address are looked up in */
  readonly table: number;
}

/**
 * Where packets from a contact address go that no route optimisation sends elsewhere: to the contact node by the tunnel between
 * members, or at the contact node itself to the home agent, which its home registration sees to.
 */
export class MemberPaths {
  readonly tunnels: MemberTunnels;
  readonly names: ContactNames;
  readonly #reconciler: Reconciler;
  readonly #homeAddress: Ipv6Address;
  #device: string;

  constructor(reconciler: Reconciler, homeAddress: Ipv6Address, names: ContactNames, tunnels: MemberTunnels) {
    this.#reconciler = reconciler;
    this.#homeAddress = homeAddress;
    this.names = names;
    this.tunnels = tunnels;
    this.#device = names.homeTunnel;
  }

  /** The interface that packets from the contact address leave by. */
  get device(): string {
    return this.#device;
  }

  /** Another member is the contact node; one that there is no tunnel to is ignored. */
  follow(contactNode: Ipv6Address): void {
    const tunnelName = this.tunnels.nameOf(contactNode);
    if (tunnelName === undefined) return;
    const { table } = this.names;
    this.#device = tunnelName;
    this.#reconciler.set(this.#group, acceptorRouting({ homeAddress: this.#homeAddress, tunnelName, table }));
  }

  /** This member is about to be the contact node: its home registration brings a route of its own. */
  clear(): void {
    this.#device = this.names.homeTunnel;
    this.#reconciler.clear(this.#group);
  }

  get #group(): string {
    return `routing ${this.#homeAddress}`;
  }
}
