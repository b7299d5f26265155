import type net from 'node:net';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';

/** Which socket has a client's connection: one that is made again has another one than before, which may close later. */
export class LatestSockets {
  readonly #sockets = new Map<string, net.Socket>();

  /** It has it from now on; false: it had. */
  take(client: Ipv6Address, port: number, socket: net.Socket): boolean {
    const name = `${client} ${port}`;
    if (this.#sockets.get(name) === socket) return false;
    this.#sockets.set(name, socket);
    return true;
  }

  /** It is closed; true: with it the connection has ended. */
  end(client: Ipv6Address, port: number, socket: net.Socket): boolean {
    const name = `${client} ${port}`;
    return this.#sockets.get(name) === socket && this.#sockets.delete(name);
  }
}
