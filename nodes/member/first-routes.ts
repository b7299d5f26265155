import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Mobility } from './mobility.ts';

/** The first route optimisation with each client, which its handoff has to wait for: under way, or how it ended. */
export class FirstRoutes {
  readonly #mobility: Pick<Mobility, 'optimizeRoute'>;
  readonly #isPlain: (client: Ipv6Address) => boolean;
  readonly #routes = new Map<Ipv6Address, Promise<boolean>>();
  readonly #underWay = new Map<Ipv6Address, (optimized: boolean) => void>();

  /** `isPlain`: the client is known to have no Mobile IPv6. */
  constructor(mobility: Pick<Mobility, 'optimizeRoute'>, isPlain: (client: Ipv6Address) => boolean) {
    this.#mobility = mobility;
    this.#isPlain = isPlain;
  }

  /** True when the client has acknowledged the binding. */
  optimize(client: Ipv6Address): Promise<boolean> {
    return new Promise((resolve) => {
      // Whoever waits for an earlier one, of a connection that has ended since, learns the same.
      const earlier = this.#underWay.get(client);
      this.#underWay.set(client, (optimized) => {
        earlier?.(optimized);
        resolve(optimized);
      });
      this.#mobility.optimizeRoute(client);
    });
  }

  /** A client has connected; one that has `others`, other connections here, is bound already or is about to be. */
  connected(client: Ipv6Address, others: boolean): void {
    if (!others) {
      this.#routes.set(client, this.optimize(client));
      return;
    }
    const before = this.#routes.get(client) ?? Promise.resolve(true);
    // One that was found out by the earlier attempt is not asked again: its handoffs would wait for another.
    const again = (): boolean | Promise<boolean> => !this.#isPlain(client) && this.optimize(client);
    this.#routes.set(
      client,
      before.then((optimized) => optimized || again()),
    );
  }

  /** A client has connected that has no Mobile IPv6. */
  impossible(client: Ipv6Address): void {
    this.#routes.set(client, Promise.resolve(false));
  }

  /** A route optimisation has ended. */
  settle(client: Ipv6Address, optimized: boolean): void {
    this.#underWay.get(client)?.(optimized);
    this.#underWay.delete(client);
  }

  /** The client has no connections here any more. */
  forget(client: Ipv6Address): void {
    this.#routes.delete(client);
  }

  /** Whether the route is optimised; of a client that another member has handed off it is. */
  async optimized(client: Ipv6Address): Promise<boolean> {
    return (await this.#routes.get(client)) ?? true;
  }
}
