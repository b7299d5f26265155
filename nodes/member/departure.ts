import type net from 'node:net';
import type { StateListener } from '../../applications/server-library.ts';
import { startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { MOST_CONNECTIONS } from '../../server/channel/frame-limits.ts';
import { asMember } from './application-guard.ts';
import type { DeparturesHost, Destination } from './departures.ts';
import type { DepartingConnection, HandoffOutcome } from './donor-connection.ts';

/** One client's way to another member: gathers the states of all its connections, then hands them off together, or none. */
export class Departure {
  readonly #client: Ipv6Address;
  readonly #host: DeparturesHost;
  readonly #states = new Map<net.Socket, Uint8Array>();
  /** connections that the application itself has asked to hand off */
  readonly #requested = new Map<net.Socket, PromiseWithResolvers<net.Socket | undefined>>();
  readonly #asked = new Map<net.Socket, Promise<'refused' | 'more'>>();
  #gathering = true;
  #gathered: () => void = () => undefined;

  constructor(client: Ipv6Address, host: DeparturesHost) {
    this.#client = client;
    this.#host = host;
  }

  /** The application hands this connection off as well; undefined: too late. */
  join(socket: net.Socket, applicationState: Uint8Array): Promise<net.Socket | undefined> | undefined {
    if (!this.#gathering) return undefined;
    const outcome = Promise.withResolvers<net.Socket | undefined>();
    this.#requested.set(socket, outcome);
    this.#states.set(socket, applicationState);
    this.#gathered();
    return outcome.promise;
  }

  async run(to: Destination): Promise<void> {
    const client = this.#client;
    const hindrance = (await this.#host.hindrance(client)) ?? (await this.#gather(to));
    const connections = [...this.#states]
      .filter(([socket]) => !socket.destroyed)
      .map(([socket, applicationState]) => ({ socket, applicationState }));
    const reason = hindrance ?? (connections.length === 0 ? 'the connection has ended' : undefined);
    if (reason !== undefined) {
      this.#stay(reason);
      return;
    }
    this.#gathering = false;
    const outcomes = await this.#host
      .donate({ client, ...to, connections })
      .catch((error: unknown) => connections.map(() => new ProtocolError(String(error))));
    for (const [index, connection] of connections.entries()) this.#tell(connection, outcomes[index]);
    for (const [socket, { resolve }] of this.#requested) resolve(socket);
  }

  /** Asks the application for the states of all other connections, of those that come meanwhile too; gives why one cannot leave. */
  async #gather({ acceptor, variant }: Destination): Promise<string | undefined> {
    const { connectionsOf, isClosing, doneTimeoutMs } = this.#host;
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), doneTimeoutMs);
    try {
      for (;;) {
        const missing = connectionsOf(this.#client).filter(
          (socket) => !socket.destroyed && !this.#states.has(socket),
        );
        if (missing.length === 0) return undefined;
        const stateOf = this.#host.stateOf();
        if (stateOf === undefined)
          return this.#requested.size > 0
            ? 'other connections of the client'
            : 'the application gives no states';
        const closing = missing.find(isClosing);
        if (closing !== undefined)
          return `a connection of the client is being closed, from port ${closing.remotePort}`;
        if (connectionsOf(this.#client).length > MOST_CONNECTIONS)
          return 'too many connections of the client';
        if (this.#asked.size === 0 && variant.prepareAt !== 'never')
          this.#host.prepare(this.#client, acceptor, variant);
        const more = new Promise<'more'>((resolve) => (this.#gathered = () => resolve('more')));
        const answers = missing.map((socket) => this.#ask(socket, stateOf));
        const outcome = await Promise.race([more, late.promise, ...answers]);
        if (outcome === 'late') return 'the application does not give the state of a connection';
        if (outcome === 'refused') return 'the application keeps a connection';
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #ask(socket: net.Socket, stateOf: StateListener): Promise<'refused' | 'more'> {
    let answer = this.#asked.get(socket);
    if (answer === undefined) {
      stopReading(socket);
      socket.once(
        'close',
        asMember(() => this.#gathered()),
      );
      // An application may fail before it has made a promise, too.
      answer = new Promise<Uint8Array | undefined>((resolve) => resolve(stateOf(socket))).then(
        (state) => this.#answered(socket, state),
        () => 'refused',
      );
      this.#asked.set(socket, answer);
    }
    return answer;
  }

  #answered(socket: net.Socket, state: Uint8Array | undefined): 'refused' | 'more' {
    // The application may have been about to hand this one off itself.
    if (this.#requested.has(socket)) return 'more';
    // Applications need not be written in TypeScript.
    if (!(state instanceof Uint8Array)) return 'refused';
    if (this.#gathering) this.#states.set(socket, state);
    else if (!socket.destroyed) this.#host.goOn(socket, state, this.#client);
    return 'more';
  }

  /** None moves. */
  #stay(reason: string): void {
    this.#gathering = false;
    if (this.#asked.size > 0) this.#host.withdraw(this.#client);
    this.#host.log.write('handoff-not-started', { client: this.#client, reason });
    const sockets = new Set([...this.#asked.keys(), ...this.#requested.keys()]);
    for (const socket of sockets) if (!socket.destroyed) startReading(socket);
    for (const [socket, { resolve }] of this.#requested) resolve(socket);
    for (const [socket, state] of this.#states)
      if (!this.#requested.has(socket) && !socket.destroyed) this.#host.goOn(socket, state, this.#client);
  }

  /** The application goes on where it gave the connection's state, or where it asked for the handoff. */
  #tell({ socket, applicationState }: DepartingConnection, outcome: HandoffOutcome): void {
    const requested = this.#requested.get(socket);
    this.#requested.delete(socket);
    if (outcome instanceof ProtocolError) requested?.reject(outcome);
    else if (requested !== undefined) requested.resolve(outcome);
    else if (outcome !== undefined) this.#host.goOn(outcome, applicationState, this.#client);
  }
}
