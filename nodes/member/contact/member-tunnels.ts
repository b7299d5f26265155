import { memberTunnel } from '../../../linux/recipes/member.ts';
import type { Reconciler } from '../../../linux/reconciler.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';

/** A listener hears of the interface of every further tunnel, and of each that is about to go. */
interface TunnelListener {
  added(name: string): void;
  removed(name: string): void;
}

/** A member's tunnels to other members: one each, whatever the number of contact addresses. */
export class MemberTunnels {
  readonly #reconciler: Reconciler;
  readonly #careOfAddress: Ipv6Address;
  readonly #byName = new Map<string, Ipv6Address>();
  readonly #listeners = new Set<TunnelListener>();

  constructor(reconciler: Reconciler, careOfAddress: Ipv6Address, peers: readonly Ipv6Address[]) {
    this.#reconciler = reconciler;
    this.#careOfAddress = careOfAddress;
    for (const peer of peers) this.add(peer);
  }

  /** Interface name → care-of address of the member at its far end. */
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
    const name = this.#freeName();
    this.#byName.set(name, remote);
    this.#reconciler.set(`tunnel ${remote}`, memberTunnel({ name, local: this.#careOfAddress, remote }));
    for (const listener of this.#listeners) listener.added(name);
  }

  /** This tunnel goes, if there is one; nothing may lead into it any more. Throws LabError. */
  remove(remote: Ipv6Address): void {
    const name = this.nameOf(remote);
    if (name === undefined) return;
    for (const listener of this.#listeners) listener.removed(name);
    this.#byName.delete(name);
    this.#reconciler.clear(`tunnel ${remote}`);
  }

  /** Until the returned function is called. */
  listen(listener: TunnelListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #freeName(): string {
    for (let number = 0; ; number++) if (!this.#byName.has(`tmem${number}`)) return `tmem${number}`;
  }
}
