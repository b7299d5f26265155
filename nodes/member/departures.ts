import type net from 'node:net';
import { startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffVariant } from '../../server/variants.ts';
import type { EventLog } from '../support/event-log.ts';
import { Departure } from './departure.ts';
import type { DepartingConnection, HandoffOutcome } from './donor-connection.ts';
import type { ClientListener, StateListener } from './server-library.ts';

/** Where a client goes, and how. */
export interface Destination {
  readonly acceptor: Ipv6Address;
  readonly variant: HandoffVariant;
  readonly waitMs: number;
}

export interface DeparturesHost {
  readonly log: EventLog;
  /** ms in which the application has to give the states of a client's other connections */
  readonly doneTimeoutMs: number;
  /** all live connections of the client here */
  connectionsOf(client: Ipv6Address): readonly net.Socket[];
  /** The application has closed it: it is served to the end where it is. */
  isClosing(socket: net.Socket): boolean;
  /** Why the client's binding cannot be moved; undefined: it can. */
  hindrance(client: Ipv6Address): Promise<string | undefined>;
  prepare(client: Ipv6Address, acceptor: Ipv6Address): boolean;
  withdraw(client: Ipv6Address): void;
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
  readonly #byClient = new Map<Ipv6Address, Departure>();

  constructor(host: DeparturesHost) {
    this.#host = host;
  }

  /** Hands the client off; what it says of this connection is `ServerLibrary.clientHandoff`'s. */
  async depart(
    client: Ipv6Address,
    { socket, applicationState }: DepartingConnection,
    to: Destination,
  ): Promise<net.Socket | undefined> {
    stopReading(socket);
    const underWay = this.#byClient.get(client);
    if (underWay !== undefined) {
      return underWay.join(socket, applicationState) ?? this.#tooLate(client, socket);
    }
    const departure = new Departure(client, this.#host);
    this.#byClient.set(client, departure);
    const outcome = departure.join(socket, applicationState)!;
    void departure.run(to).finally(() => this.#byClient.delete(client));
    return outcome;
  }

  #tooLate(client: Ipv6Address, socket: net.Socket): net.Socket {
    this.#host.log.write('handoff-not-started', { client, reason: 'a handoff of the client is under way' });
    if (!socket.destroyed) startReading(socket);
    return socket;
  }
}
