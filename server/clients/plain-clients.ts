import type { Ipv6Address } from '../../mip6/wire/address.ts';

/** One TCP connection of a client to a contact address. */
export interface Flow {
  readonly client: Ipv6Address;
  readonly clientPort: number;
  readonly servicePort: number;
}

export type Admission =
  | { readonly kind: 'admitted' }
  /** the connection is not taken: reset it, so that the client tries another contact address at once */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The clients without Mobile IPv6 that one contact node serves (paper §7.2): all their packets pass through it, so their number is
 * limited. Connections of a client that is served already are taken; a new client is refused while the limit is reached, and
 * never one in service to make room for it. A client counts until its last connection has ended.
 */
export class PlainClients {
  readonly #limit: number;
  readonly #flows = new Map<Ipv6Address, Set<string>>();
  #refused = 0;

  /** `limit`: clients, 0 refuses all. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** clients in service */
  get count(): number {
    return this.#flows.size;
  }

  /** connections refused so far */
  get refused(): number {
    return this.#refused;
  }

  /** A connection of a client known to be plain, or found to be while it was served. */
  admit(flow: Flow): Admission {
    const flows = this.#flows.get(flow.client);
    if (flows !== undefined) {
      flows.add(portsOf(flow));
      return { kind: 'admitted' };
    }
    if (this.#flows.size >= this.#limit) {
      this.#refused++;
      return {
        kind: 'refused',
        reason: `${this.#limit} clients without Mobile IPv6 are served already`,
      };
    }
    this.#flows.set(flow.client, new Set([portsOf(flow)]));
    return { kind: 'admitted' };
  }

  /** A connection has ended. Unknown ones are ignored. */
  ended(flow: Flow): void {
    const flows = this.#flows.get(flow.client);
    if (flows === undefined) return;
    flows.delete(portsOf(flow));
    if (flows.size === 0) this.#flows.delete(flow.client);
  }
}

function portsOf({ clientPort, servicePort }: Flow): string {
  return `${clientPort} ${servicePort}`;
}
