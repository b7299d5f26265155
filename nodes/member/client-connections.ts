import type net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { asMember } from './application-guard.ts';

interface ConnectionsOptions {
  /** One is here: it counts behind `onOpened`. */
  onOpened(socket: net.Socket, client: Ipv6Address): void;
  onCounted(): void;
  /** None of the client's is left. */
  onLeft(client: Ipv6Address): void;
  /** Behind `onLeft`. */
  onEnded(socket: net.Socket, client: Ipv6Address): void;
}

/** The live connections of a member, by client. */
export class ClientConnections {
  readonly #options: ConnectionsOptions;
  readonly #connections = new Map<Ipv6Address, Set<net.Socket>>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  get clients(): readonly Ipv6Address[] {
    return [...this.#connections.keys()];
  }

  get sockets(): readonly net.Socket[] {
    return [...this.#connections.values()].flatMap((sockets) => [...sockets]);
  }

  has(client: Ipv6Address): boolean {
    return this.#connections.has(client);
  }

  of(client: Ipv6Address): readonly net.Socket[] {
    return [...(this.#connections.get(client) ?? [])];
  }

  /** From now on, until it closes. */
  add(socket: net.Socket, client: Ipv6Address): void {
    this.#options.onOpened(socket, client);
    const live = this.#connections.get(client) ?? new Set();
    this.#connections.set(client, live.add(socket));
    this.#options.onCounted();
    const closed = asMember(() => {
      live.delete(socket);
      if (live.size === 0) {
        this.#connections.delete(client);
        this.#options.onLeft(client);
      }
      this.#options.onEnded(socket, client);
    });
    socket.once('close', closed);
  }
}
