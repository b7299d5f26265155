import type net from 'node:net';
import type { ClientListener, StateListener } from '../../applications/server-library.ts';
import { hasDescriptor, startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffVariant } from '../../server/variants/variants.ts';
import type { EventWriter } from '../support/event-log.ts';
import { ABORTED, Departure } from './departure.ts';
import type { DepartingConnection, HandoffOutcome } from './donor-connection.ts';

/** Where a client goes, and how. */
export interface Destination {
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffVariant;
  readonly waitMs: number;
  /** aborted: it is not wanted any more, as far as it can be taken back */
  readonly signal?: AbortSignal | undefined;
}

/** A connection that its application hands off, with its state, or with a function that gives it at the freeze. */
interface RequestedConnection {
  readonly socket: net.Socket;
  readonly applicationState: Uint8Array | (() => Uint8Array);
}

export interface DeparturesHost {
  readonly log: EventWriter;
  /** ms in which the application has to give the states of a client's other connections */
  readonly doneTimeoutMs: number;
  /** all live connections of the client here */
  connectionsOf(client: Ipv6Address): readonly net.Socket[];
  /** The application has closed it: it is served to the end where it is. */
  isClosing(socket: net.Socket): boolean;
  /** Why the client's binding cannot be moved; undefined: it can. */
  hindrance(client: Ipv6Address): Promise<string | undefined>;
  prepare(client: Ipv6Address, acceptor: Ipv6Address, variant: HandoffVariant): boolean;
  withdraw(client: Ipv6Address): void;
  /** Of a handoff that `donate` has begun: it ends as one that failed, unless its Init is out. */
  cancel(client: Ipv6Address, reason: string): void;
  donate(
    request: Destination & { client: Ipv6Address; connections: readonly DepartingConnection[] },
  ): Promise<readonly HandoffOutcome[]>;
  /** What the application has named for the states of connections, and for going on with them. */
  stateOf(): StateListener | undefined;
  readonly goOn: ClientListener;
}

/** Clients on their way to other members, each with all its connections (paper §7.4: a client has one binding). */
export class Departures {
  readonly #host: DeparturesHost;
  readonly #byClient = new Map<
    Ipv6Address,
    { readonly departure: Departure; readonly ended: Promise<boolean> }
  >();

  constructor(host: DeparturesHost) {
    this.#host = host;
  }

  /** Hands the client off; what it says of this connection is `ServerLibrary.clientHandoff`'s. */
  async depart(
    client: Ipv6Address,
    { socket, applicationState }: RequestedConnection,
    to: Destination,
  ): Promise<net.Socket | undefined> {
    const isGivenLater = typeof applicationState === 'function';
    if (!isGivenLater && !(applicationState instanceof Uint8Array))
      throw new TypeError(
        'the application state of a handoff must be a Uint8Array, or a function that gives one',
      );
    if (to.signal?.aborted === true) return this.#notStarted(client, socket, ABORTED);
    if (!hasDescriptor(socket)) return this.#notStarted(client, socket, 'the connection has ended');
    if (!isGivenLater) stopReading(socket);
    const underWay = this.#byClient.get(client);
    if (underWay !== undefined) {
      const reason = 'a handoff of the client is under way';
      underWay.departure.cancelWith(to.signal);
      return underWay.departure.join(socket, applicationState) ?? this.#notStarted(client, socket, reason);
    }
    const departure = new Departure(client, to, this.#host);
    const outcome = departure.join(socket, applicationState)!;
    void this.#run(client, departure);
    return outcome;
  }

  /**
   * Hands the client off although the application has not asked for it: it gives the states of all connections. Resolves when
   * the handoff, or one that is under way, is over; true: the client has moved.
   */
  leave(client: Ipv6Address, to: Destination): Promise<boolean> {
    return this.#byClient.get(client)?.ended ?? this.#run(client, new Departure(client, to, this.#host));
  }

  #run(client: Ipv6Address, departure: Departure): Promise<boolean> {
    const ended = departure.run().finally(() => this.#byClient.delete(client));
    this.#byClient.set(client, { departure, ended });
    return ended;
  }

  #notStarted(client: Ipv6Address, socket: net.Socket, reason: string): net.Socket {
    this.#host.log.write('handoff-not-started', { client, reason });
    if (!socket.destroyed) startReading(socket);
    return socket;
  }
}
