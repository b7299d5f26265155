import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { CareOfProof } from '../bindings/client-bindings.ts';

interface Preparation {
  readonly acceptor: Ipv6Address;
  readonly handoff: number;
  /** the acceptor's Prepared, and when it came */
  readonly proof?: CareOfProof & { readonly at: Instant };
}

/** At a donor: handoffs that have been announced by a Prepare of their own and have not begun; one per client. */
export class Preparations {
  readonly #byClient = new Map<Ipv6Address, Preparation>();
  /** handoff → its client: the same, found by what an acceptor says */
  readonly #clients = new Map<number, Ipv6Address>();

  /** The handoff of this client that is announced. */
  of(client: Ipv6Address): Preparation | undefined {
    return this.#byClient.get(client);
  }

  add(client: Ipv6Address, preparation: Preparation): void {
    this.#byClient.set(client, preparation);
    this.#clients.set(preparation.handoff, client);
  }

  /** The acceptor has been tested by the client of that handoff. */
  prepared(acceptor: Ipv6Address, handoff: number, proof: NonNullable<Preparation['proof']>): void {
    const client = this.#clients.get(handoff);
    const known = client === undefined ? undefined : this.of(client);
    if (client !== undefined && known?.acceptor === acceptor) this.#byClient.set(client, { ...known, proof });
  }

  /** It begins, or will not. */
  take(client: Ipv6Address): Preparation | undefined {
    const found = this.#byClient.get(client);
    this.#byClient.delete(client);
    if (found !== undefined) this.#clients.delete(found.handoff);
    return found;
  }

  /** The acceptor has given an announced handoff up, or all of them (`handoff` absent). */
  forget(acceptor: Ipv6Address, handoff?: number): void {
    const clients = handoff === undefined ? [...this.#byClient.keys()] : [this.#clients.get(handoff)];
    for (const client of clients)
      if (client !== undefined && this.of(client)?.acceptor === acceptor) this.take(client);
  }
}
