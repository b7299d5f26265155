import { acceptorRouting, memberTunnel } from '../../../linux/recipes/member.ts';
import type { Reconciler } from '../../../linux/reconciler.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';

/** Interface of the tunnel to the home agent; there is one at the contact node only. */
export const HOME_TUNNEL = 'tha';
const ROUTING = 'routing';

/**
 * A member's tunnels to other members, and where packets from the contact address go that no route optimisation sends elsewhere: to
 * the contact node by its tunnel, or at the contact node itself to the home agent, which its home registration sees to.
 */
export class MemberPaths {
  /** interface name → care-of address of the member at its far end */
  readonly tunnels: ReadonlyMap<string, Ipv6Address>;
  readonly #reconciler: Reconciler;
  readonly #homeAddress: Ipv6Address;
  #device = HOME_TUNNEL;

  /** Makes one tunnel to each of `peers`. */
  constructor(
    reconciler: Reconciler,
    ends: { readonly homeAddress: Ipv6Address; readonly careOfAddress: Ipv6Address },
    peers: readonly Ipv6Address[],
  ) {
    this.#reconciler = reconciler;
    this.#homeAddress = ends.homeAddress;
    this.tunnels = new Map(peers.map((remote, index) => [`tmem${index}`, remote]));
    for (const [name, remote] of this.tunnels)
      reconciler.set(`tunnel ${remote}`, memberTunnel({ name, local: ends.careOfAddress, remote }));
  }

  /** The interface that packets from the contact address leave by. */
  get device(): string {
    return this.#device;
  }

  /** Another member is the contact node; one that there is no tunnel to is ignored. */
  follow(contactNode: Ipv6Address): void {
    const tunnelName = [...this.tunnels].find(([, remote]) => remote === contactNode)?.[0];
    if (tunnelName === undefined) return;
    this.#device = tunnelName;
    this.#reconciler.set(ROUTING, acceptorRouting({ homeAddress: this.#homeAddress, tunnelName }));
  }

  /** This member is about to be the contact node: its home registration brings a route of its own. */
  clear(): void {
    this.#device = HOME_TUNNEL;
    this.#reconciler.clear(ROUTING);
  }
}
