import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { SurvivalOutput } from '../../../server/successor/endpoint-types.ts';
import { kernelRefusal } from '../../support/kernel-refusal.ts';
import type { MovedState } from '../accepted-socket.ts';
import { ConnectionWatch, sendProbe } from './probe.ts';
import type { SurvivalOptions } from './survival-options.ts';

/** What a holder asks a client that may be its backup's by now: probes of the connections that are served here, until it is decided whose the client is. */
export class HeldProbes {
  readonly #options: Pick<SurvivalOptions, 'log' | 'poller'>;
  readonly #answered: (client: Ipv6Address) => void;
  readonly #watches = new Map<Ipv6Address, Map<number, ConnectionWatch>>();

  constructor(options: Pick<SurvivalOptions, 'log' | 'poller'>, answered: (client: Ipv6Address) => void) {
    this.#options = options;
    this.#answered = answered;
  }

  probe({ client, port, state }: Extract<SurvivalOutput<MovedState>, { readonly kind: 'probe' }>): void {
    const { log, poller } = this.#options;
    const watches = this.#watches.get(client) ?? new Map<number, ConnectionWatch>();
    this.#watches.set(client, watches);
    log.write('client-probed', { client, port });
    // One that does not leave, or whose answer is not seen, is as good as lost: there are more.
    kernelRefusal(() => {
      if (!watches.has(port))
        watches.set(port, new ConnectionWatch(poller, state, () => this.#answered(client)));
      sendProbe(state);
    });
  }

  end(client: Ipv6Address): void {
    for (const watch of this.#watches.get(client)?.values() ?? []) watch.close();
    this.#watches.delete(client);
  }

  stop(): void {
    for (const client of [...this.#watches.keys()]) this.end(client);
  }
}
