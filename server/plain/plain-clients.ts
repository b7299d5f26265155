import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ConnectionPorts } from './forwarding-frames.ts';

/** One TCP connection of a client to a contact address. */
export interface Flow extends ConnectionPorts {
  readonly client: Ipv6Address;
}

type Admission =
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

  /** why a client has to go elsewhere, in words */
  get full(): string {
    return `${this.#limit} clients without Mobile IPv6 are served already`;
  }

  /** A new connection of a client known to be plain. */
  admit(flow: Flow): Admission {
    if (this.place(flow)) return { kind: 'admitted' };
    this.#refused++;
    return { kind: 'refused', reason: this.full };
  }

  /**
   * A connection in service turns out to be a plain client's, or is to be forwarded: true when its client has a place. One without
   * is served where it is; it is not broken, and not handed off.
   */
  place(flow: Flow): boolean {
    const flows = this.#flows.get(flow.client);
    if (flows === undefined && this.#flows.size >= this.#limit) return false;
    if (flows === undefined) this.#flows.set(flow.client, new Set([portsOf(flow)]));
    else flows.add(portsOf(flow));
    return true;
  }

  /** A connection has ended. Unknown ones are ignored. */
  ended(flow: Flow): void {
    const flows = this.#flows.get(flow.client);
    if (flows === undefined) return;
    flows.delete(portsOf(flow));
    if (flows.size === 0) this.#flows.delete(flow.client);
  }

  /** Another member is the contact node, and counts. */
  clear(): void {
    this.#flows.clear();
  }
}

/** The same for equal flows, and for no others. */
export function flowKey(flow: Flow): string {
  return `${flow.client} ${portsOf(flow)}`;
}

function portsOf({ clientPort, servicePort }: Flow): string {
  return `${clientPort} ${servicePort}`;
}
