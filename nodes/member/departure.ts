import type net from 'node:net';
import { arrivalsOf } from '../../linux/tcp/arrivals.ts';
import { closeWindow, openWindow } from '../../linux/tcp/closed-window.ts';
import { descriptorOf, hasDescriptor, startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ConnectionId } from '../../server/handoff/donor-types.ts';
import { Gathering } from '../../server/handoff/gathering.ts';
import type {
  GatheringInput,
  GatheringOutput,
  LiveConnection,
} from '../../server/handoff/gathering-types.ts';
import { RoleDriver } from '../support/role-driver.ts';
import { asMember } from './application-guard.ts';
import type { DeparturesHost, Destination } from './departures.ts';
import type { DepartingConnection, HandoffOutcome } from './donor-connection.ts';

type Output<Kind extends GatheringOutput['kind']> = Extract<GatheringOutput, { readonly kind: Kind }>;
type States = Output<'gathered'>['states'];

/** Why a handoff has ended that its application has aborted. */
export const ABORTED = 'the application has aborted it';

/** One client's way to another member: joins the gathering of its connections' states to sockets and to the application. */
export class Departure {
  readonly #client: Ipv6Address;
  readonly #to: Destination;
  readonly #host: DeparturesHost;
  readonly #gathering: Gathering;
  readonly #driver: RoleDriver<GatheringInput, GatheringOutput>;
  /** the place of a socket is its number */
  readonly #sockets: net.Socket[] = [];
  readonly #asked = new Set<net.Socket>();
  /** connections that the application itself has asked to hand off */
  readonly #requested = new Map<net.Socket, PromiseWithResolvers<net.Socket | undefined>>();
  /** how the states are had that the application gives when it is asked */
  readonly #statesLater = new Map<net.Socket, () => Uint8Array>();
  readonly #over = Promise.withResolvers<boolean>();

  constructor(client: Ipv6Address, to: Destination, host: DeparturesHost) {
    this.#client = client;
    this.#to = to;
    this.#host = host;
    this.#gathering = new Gathering({
      patienceMs: host.doneTimeoutMs,
      prepares: to.variant.prepareAt !== 'never',
      live: () => this.#live(),
      arrivals: (connection) => arrivalsAt(this.#sockets[connection]!),
      givesStates: () => host.stateOf() !== undefined,
    });
    this.#driver = new RoleDriver(this.#gathering, (output) => this.#act(output));
    this.cancelWith(to.signal);
  }

  /** It ends when the signal is aborted, unless the client is frozen by then. */
  cancelWith(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const cancel = asMember(() => {
      if (this.#gathering.finished) this.#host.cancel(this.#client, ABORTED);
      else this.#driver.handle({ kind: 'cancelled', reason: ABORTED });
    });
    signal.addEventListener('abort', cancel, { once: true });
    void this.#over.promise.then(
      () => signal.removeEventListener('abort', cancel),
      () => signal.removeEventListener('abort', cancel),
    );
  }

  /** The application hands this connection off as well; undefined: too late. */
  join(
    socket: net.Socket,
    applicationState: Uint8Array | (() => Uint8Array),
  ): Promise<net.Socket | undefined> | undefined {
    if (this.#gathering.finished) return undefined;
    const outcome = Promise.withResolvers<net.Socket | undefined>();
    this.#requested.set(socket, outcome);
    const connection = this.#idOf(socket);
    if (typeof applicationState !== 'function')
      this.#driver.handle({ kind: 'requested', connection, state: applicationState });
    else {
      this.#statesLater.set(socket, applicationState);
      this.#driver.handle({ kind: 'requested', connection });
    }
    return outcome.promise;
  }

  /** Resolves when the handoff is over; true: the client has moved. */
  async run(): Promise<boolean> {
    const reason = await this.#host.hindrance(this.#client);
    this.#driver.handle(reason === undefined ? { kind: 'movable' } : { kind: 'hindered', reason });
    return this.#over.promise;
  }

  #act(output: GatheringOutput): void {
    switch (output.kind) {
      case 'prepare':
        this.#host.prepare(this.#client, this.#to.acceptor, this.#to.variant);
        return;
      case 'close-window':
        this.#closeWindow(this.#sockets[output.connection]!);
        return;
      case 'ask':
        this.#ask(output.connection);
        return;
      case 'gathered':
        void this.#donate(output.states).then(this.#over.resolve, this.#over.reject);
        return;
      case 'stay':
        this.#stay(output);
        this.#over.resolve(false);
        return;
      case 'give-back':
        this.#goOn(output.connection, output.state);
        return;
      default:
        output satisfies never;
    }
  }

  #live(): readonly LiveConnection[] {
    for (const socket of this.#host.connectionsOf(this.#client)) this.#idOf(socket);
    return [...this.#sockets.entries()]
      .filter(([, socket]) => !socket.destroyed)
      .map(([connection, socket]) => ({
        connection,
        port: socket.remotePort ?? 0,
        closing: this.#host.isClosing(socket),
      }));
  }

  #idOf(socket: net.Socket): ConnectionId {
    const known = this.#sockets.indexOf(socket);
    return known >= 0 ? known : this.#sockets.push(socket) - 1;
  }

  #closeWindow(socket: net.Socket): void {
    if (!hasDescriptor(socket)) return;
    this.#host.log.write('client-quieted', { client: this.#client, port: socket.remotePort ?? 0 });
    closeWindow(descriptorOf(socket));
  }

  #ask(connection: ConnectionId): void {
    const socket = this.#sockets[connection]!;
    const stateOf = this.#statesLater.get(socket) ?? this.#host.stateOf();
    this.#asked.add(socket);
    stopReading(socket);
    socket.once(
      'close',
      asMember(() => this.#driver.handle({ kind: 'ended' })),
    );
    // An application may fail before it has made a promise, too, and need not be written in TypeScript.
    void new Promise<unknown>((resolve) => resolve(stateOf?.(socket))).then(
      (state) => this.#answered(connection, state),
      () => this.#answered(connection, undefined),
    );
  }

  #answered(connection: ConnectionId, state: unknown): void {
    this.#driver.handle(
      state instanceof Uint8Array ? { kind: 'given', connection, state } : { kind: 'kept', connection },
    );
  }

  async #donate(states: States): Promise<boolean> {
    const client = this.#client;
    const connections = [...states].map(([connection, applicationState]) => ({
      socket: this.#sockets[connection]!,
      applicationState,
    }));
    const outcomes = await this.#host
      .donate({ client, ...this.#to, connections })
      .catch((error: unknown) => connections.map(() => new ProtocolError(String(error))));
    for (const [index, connection] of connections.entries()) this.#tell(connection, outcomes[index]);
    for (const [socket, { resolve }] of this.#requested) resolve(socket);
    return outcomes.every((outcome) => outcome === undefined);
  }

  /** None moves. */
  #stay({ reason, asked, states }: Output<'stay'>): void {
    if (asked) this.#host.withdraw(this.#client);
    this.#host.log.write('handoff-not-started', { client: this.#client, reason });
    for (const socket of new Set([...this.#asked, ...this.#requested.keys()]))
      if (!socket.destroyed) startReading(socket);
    for (const socket of this.#sockets) if (hasDescriptor(socket)) openWindow(descriptorOf(socket));
    for (const [socket, { resolve }] of this.#requested) resolve(socket);
    for (const [connection, state] of states)
      if (!this.#requested.has(this.#sockets[connection]!)) this.#goOn(connection, state);
  }

  #goOn(connection: ConnectionId, state: Uint8Array): void {
    const socket = this.#sockets[connection]!;
    if (!socket.destroyed) this.#host.goOn(socket, state, this.#client);
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

function arrivalsAt(socket: net.Socket): ReturnType<typeof arrivalsOf> {
  return hasDescriptor(socket) ? arrivalsOf(descriptorOf(socket)) : undefined;
}
