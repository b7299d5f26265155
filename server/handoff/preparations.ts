import type { Instant } from '../../mip6/roles/shared/role.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { CareOfProof } from '../bindings/client-bindings.ts';
import type { HandoffAxes } from '../variants/axes.ts';

interface Preparation {
  readonly acceptor: Ipv6Address;
  readonly handoff: number;
  readonly variant: HandoffAxes;
  /** its acceptor is one of several candidates, whose tokens are kept fresh */
  readonly stands: boolean;
  /** its acceptor says when the client has tested it */
  readonly tells: boolean;
  readonly since: Instant;
  /** the acceptor's Prepared, and when it came */
  readonly proof?: CareOfProof & { readonly at: Instant };
}

/** At a donor: handoffs that have been announced by a Prepare of their own and have not begun; one per client and acceptor. */
export class Preparations {
  readonly #byClient = new Map<Ipv6Address, readonly Preparation[]>();
  /** handoff → its client: the same, found by what an acceptor says */
  readonly #clients = new Map<number, Ipv6Address>();

  /** The handoff of this client to this acceptor that is announced. */
  to(client: Ipv6Address, acceptor: Ipv6Address): Preparation | undefined {
    return this.#of(client).find((one) => one.acceptor === acceptor);
  }

  add(client: Ipv6Address, preparation: Preparation): void {
    this.#byClient.set(client, [...this.#of(client), preparation]);
    this.#clients.set(preparation.handoff, client);
  }

  /** The acceptor has been tested by the client of that handoff. */
  prepared(acceptor: Ipv6Address, handoff: number, proof: NonNullable<Preparation['proof']>): void {
    const client = this.#clients.get(handoff);
    if (client === undefined) return;
    const tested = this.#of(client).map((one) =>
      one.handoff === handoff && one.acceptor === acceptor ? { ...one, proof } : one,
    );
    this.#byClient.set(client, tested);
  }

  /** Those of this client that are so (default: all) begin, or will not. */
  take(client: Ipv6Address, isSo: (one: Preparation) => boolean = () => true): readonly Preparation[] {
    const [taken, others] = [this.#of(client).filter(isSo), this.#of(client).filter((one) => !isSo(one))];
    for (const { handoff } of taken) this.#clients.delete(handoff);
    if (others.length > 0) this.#byClient.set(client, others);
    else this.#byClient.delete(client);
    return taken;
  }

  /** An announced handoff that its acceptor gives up, and of which client it is; undefined where none stands under the number. */
  giveUp(
    acceptor: Ipv6Address,
    handoff: number,
  ): (Preparation & { readonly client: Ipv6Address }) | undefined {
    const client = this.#clients.get(handoff);
    if (client === undefined) return undefined;
    const [one] = this.take(client, (known) => known.acceptor === acceptor && known.handoff === handoff);
    return one && { ...one, client };
  }

  /** The acceptor has given all announced handoffs up. */
  forget(acceptor: Ipv6Address): void {
    for (const client of [...this.#byClient.keys()]) this.take(client, (one) => one.acceptor === acceptor);
  }

  #of(client: Ipv6Address): readonly Preparation[] {
    return this.#byClient.get(client) ?? [];
  }
}
