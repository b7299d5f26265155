import type net from 'node:net';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ConnectionPorts } from '../../../server/clients/forwarding-frames.ts';

/** The connections that a member has with each client, and those that are on their way to it. */
export class OpenConnections {
  readonly #open = new Map<Ipv6Address, Map<net.Socket, ConnectionPorts>>();
  readonly #expected = new Map<Ipv6Address, readonly ConnectionPorts[]>();

  /** Whether there is none of either kind. */
  none(client: Ipv6Address): boolean {
    return !this.#open.has(client) && !this.#expected.has(client);
  }

  openOf(client: Ipv6Address): readonly ConnectionPorts[] {
    return [...(this.#open.get(client)?.values() ?? [])];
  }

  expectedOf(client: Ipv6Address): readonly ConnectionPorts[] {
    return this.#expected.get(client) ?? [];
  }

  expect(client: Ipv6Address, connections: readonly ConnectionPorts[]): void {
    this.#expected.set(client, connections);
  }

  /** What was expected of this client does not come, or has come. */
  expectNothing(client: Ipv6Address): void {
    this.#expected.delete(client);
  }

  opened(client: Ipv6Address, socket: net.Socket, ports: ConnectionPorts): void {
    const sockets = this.#open.get(client) ?? new Map<net.Socket, ConnectionPorts>();
    this.#open.set(client, sockets.set(socket, ports));
    const others = this.expectedOf(client).filter(({ clientPort }) => clientPort !== ports.clientPort);
    if (others.length > 0) this.#expected.set(client, others);
    else this.#expected.delete(client);
  }

  /** False when the connection goes on here: a donor that serves on may do so on a new socket. */
  closed(client: Ipv6Address, socket: net.Socket, ports: ConnectionPorts): boolean {
    const sockets = this.#open.get(client);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#open.delete(client);
    return !this.openOf(client).some(({ clientPort }) => clientPort === ports.clientPort);
  }
}
