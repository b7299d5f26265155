import type net from 'node:net';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { ConnectionPorts } from '../../../server/plain/forwarding-frames.ts';

/** One handoff to this member. */
interface ComingHandoff {
  readonly client: Ipv6Address;
  readonly donor: Ipv6Address;
  /** the donor's number for it */
  readonly handoff: number;
}

interface Coming extends ComingHandoff {
  /** of its Init; undefined before it has come */
  readonly sequence: number | undefined;
  readonly connections: readonly ConnectionPorts[];
}

/** The connections that a member has with each client, and those that handoffs are bringing to it. */
export class OpenConnections {
  readonly #open = new Map<Ipv6Address, Map<net.Socket, ConnectionPorts>>();
  /** those that their application has ended: the kernel still has octets of theirs for the client */
  readonly #delivering = new WeakSet<net.Socket>();
  /** by donor and handoff */
  readonly #coming = new Map<string, Coming>();

  /** Clients with connections here. */
  get clients(): readonly Ipv6Address[] {
    return [...this.#open.keys()];
  }

  /** Whether the client has no connection here, and no handoff brings one. */
  none(client: Ipv6Address): boolean {
    return !this.#open.has(client) && this.#comingOf(client).length === 0;
  }

  /** Those that could be handed off. */
  openOf(client: Ipv6Address): readonly ConnectionPorts[] {
    return [...(this.#open.get(client) ?? [])].flatMap(([socket, ports]) => (socket.destroyed ? [] : ports));
  }

  /** Those whose packets must come here: the ones above, and such as only the kernel has still. */
  hereOf(client: Ipv6Address): readonly ConnectionPorts[] {
    return [...(this.#open.get(client) ?? [])].flatMap(([socket, ports]) =>
      socket.destroyed && !this.#delivering.has(socket) ? [] : ports,
    );
  }

  /** The application is done with it; `closed` follows behind its last octet. */
  delivering(socket: net.Socket): void {
    this.#delivering.add(socket);
  }

  /** Those on their way here; of the handoffs whose Init had this sequence number, or of all. */
  expectedOf(client: Ipv6Address, sequence?: number): readonly ConnectionPorts[] {
    return this.#comingOf(client)
      .filter((coming) => sequence === undefined || coming.sequence === sequence)
      .flatMap(({ connections }) => connections);
  }

  /** A handoff is announced (no `sequence`), or begins. */
  expect(to: ComingHandoff, sequence: number | undefined, connections: readonly ConnectionPorts[]): void {
    this.#coming.set(keyOf(to), { ...to, sequence, connections });
  }

  /** The handoff brings nothing more: its client, and what had not come; undefined when nothing was known of it. */
  over(donor: Ipv6Address, handoff: number): Omit<Coming, 'sequence'> | undefined {
    const coming = this.#coming.get(keyOf({ donor, handoff }));
    if (coming !== undefined) this.#coming.delete(keyOf(coming));
    return coming;
  }

  /** Handoffs that this donor, or for this client anybody, has announced and not begun will not be; their clients. */
  withdrawn(who: { readonly donor: Ipv6Address } | { readonly client: Ipv6Address }): readonly Ipv6Address[] {
    const announced = [...this.#coming.values()].filter(
      (coming) =>
        coming.sequence === undefined &&
        ('donor' in who ? coming.donor === who.donor : coming.client === who.client),
    );
    for (const coming of announced) this.#coming.delete(keyOf(coming));
    return announced.map(({ client }) => client);
  }

  /** Whether a handoff had announced the connection. */
  opened(client: Ipv6Address, socket: net.Socket, ports: ConnectionPorts): boolean {
    const sockets = this.#open.get(client) ?? new Map<net.Socket, ConnectionPorts>();
    this.#open.set(client, sockets.set(socket, ports));
    const bringing = this.#comingOf(client).filter(({ connections }) => connections.some(same(ports)));
    for (const coming of bringing) {
      const connections = coming.connections.filter((other) => !same(ports)(other));
      if (connections.length > 0) this.#coming.set(keyOf(coming), { ...coming, connections });
      else this.#coming.delete(keyOf(coming));
    }
    return bringing.length > 0;
  }

  /** False when the connection goes on here: a donor that serves on may do so on a new socket. */
  closed(client: Ipv6Address, socket: net.Socket, ports: ConnectionPorts): boolean {
    const sockets = this.#open.get(client);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#open.delete(client);
    return !this.hereOf(client).some(same(ports));
  }

  #comingOf(client: Ipv6Address): readonly Coming[] {
    return [...this.#coming.values()].filter((coming) => coming.client === client);
  }
}

function same(ports: ConnectionPorts): (other: ConnectionPorts) => boolean {
  return ({ clientPort }) => clientPort === ports.clientPort;
}

function keyOf({ donor, handoff }: Pick<ComingHandoff, 'donor' | 'handoff'>): string {
  return `${donor} ${handoff}`;
}
