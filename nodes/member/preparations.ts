import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';

interface Preparation {
  readonly acceptor: Ipv6Address;
  readonly handoff: number;
}

interface PreparationsOptions {
  readonly contactAddress: Ipv6Address;
  send(peer: Ipv6Address, frame: HandoffFrame): boolean;
}

/** At a donor: handoffs that have been announced by a Prepare of their own and have not begun; one per client. */
export class Preparations {
  readonly #options: PreparationsOptions;
  readonly #byClient = new Map<Ipv6Address, Preparation>();
  /** handoff → its client: the same, found by what an acceptor says */
  readonly #clients = new Map<number, Ipv6Address>();

  constructor(options: PreparationsOptions) {
    this.#options = options;
  }

  /** Announces the handoff with this number, unless one to the same acceptor is. */
  announce(client: Ipv6Address, acceptor: Ipv6Address, handoff: number): 'sent' | 'before' | 'unreachable' {
    if (this.#byClient.get(client)?.acceptor === acceptor) return 'before';
    this.withdraw(client);
    const { contactAddress, send } = this.#options;
    if (!send(acceptor, { kind: 'prepare', handoff, client, contactAddress })) return 'unreachable';
    this.#byClient.set(client, { acceptor, handoff });
    this.#clients.set(handoff, client);
    return 'sent';
  }

  /** The handoff of this client begins: its number when it was announced to this acceptor; one to another is withdrawn. */
  begin(client: Ipv6Address, acceptor: Ipv6Address): number | undefined {
    const found = this.#byClient.get(client);
    if (found?.acceptor !== acceptor) this.withdraw(client);
    else this.#delete(client, found);
    return found?.acceptor === acceptor ? found.handoff : undefined;
  }

  withdraw(client: Ipv6Address): void {
    const found = this.#byClient.get(client);
    if (found === undefined) return;
    this.#delete(client, found);
    this.#options.send(found.acceptor, { kind: 'cancel', handoff: found.handoff });
  }

  /** The acceptor has given an announced handoff up, or all of them (`handoff` absent). */
  forget(acceptor: Ipv6Address, handoff?: number): void {
    const clients = handoff === undefined ? [...this.#byClient.keys()] : [this.#clients.get(handoff)];
    for (const client of clients) {
      const found = client === undefined ? undefined : this.#byClient.get(client);
      if (found?.acceptor === acceptor) this.#delete(client!, found);
    }
  }

  #delete(client: Ipv6Address, { handoff }: Preparation): void {
    this.#byClient.delete(client);
    this.#clients.delete(handoff);
  }
}
