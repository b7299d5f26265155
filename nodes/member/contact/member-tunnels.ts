import { memberTunnel } from '../../../linux/recipes/member.ts';
import type { Reconciler } from '../../../linux/reconciler.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';

/** A member's tunnels to other members: one each, whatever the number of contact addresses. */
export class MemberTunnels {
  readonly #reconciler: Reconciler;
  readonly #careOfAddress: Ipv6Address;
  readonly #byName = new Map<string, Ipv6Address>();
  readonly #listeners = new Set<(name: string) => void>();
  #next = 0;

  constructor(reconciler: Reconciler, careOfAddress: Ipv6Address, peers: readonly Ipv6Address[]) {
    this.#reconciler = reconciler;
    this.#careOfAddress = careOfAddress;
    for (const peer of peers) this.add(peer);
  }

  /** Interface name → care-of address of the member at its far end; grows. */
  get byName(): ReadonlyMap<string, Ipv6Address> {
    return this.#byName;
  }

  /** The interface that leads to this member; undefined when there is none. */
  nameOf(remote: Ipv6Address): string | undefined {
    return [...this.#byName].find(([, far]) => far === remote)?.[0];
  }

  /** One tunnel more, unless it is there. Throws LabError. */
  add(remote: Ipv6Address): void {
    if (this.nameOf(remote) !== undefined) return;
    const name = `tmem${this.#next++}`;
    this.#byName.set(name, remote);
    this.#reconciler.set(`tunnel ${remote}`, memberTunnel({ name, local: this.#careOfAddress, remote }));
    for (const listener of this.#listeners) listener(name);
  }

  /** Calls `listener` with the interface of every further tunnel, until the returned function is called. */
  onAdded(listener: (name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
