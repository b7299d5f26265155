import type { EventEmitter } from 'node:events';
import type net from 'node:net';
import type {
  ClientEvents,
  ClientListener,
  ContentListener,
  HandoffOptions,
  HandoffResult,
  ProtectionOptions,
  ServerLibrary,
  StateListener,
  SurvivorListener,
} from '../../applications/server-library.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { Protection } from '../../server/successor/holder-types.ts';
import { answerOf, asMember } from './application-guard.ts';
import type { ClosingClients } from './closing-clients.ts';
import type { Departures } from './departures.ts';
import type { FirstRoutes } from './first-routes.ts';
import type { Handoffs } from './handoffs.ts';
import type { HostedApplication } from './hosted-application.ts';
import { addressOf, destination } from './library-arguments.ts';
import type { MemberServerOptions } from './member-server-options.ts';
import { protect } from './protect-connection.ts';
import type { Survival } from './survival/survival.ts';

/** What of a member does what its application asks for. */
interface LibraryParts {
  readonly options: MemberServerOptions;
  readonly hosted: HostedApplication;
  readonly handoffs: Handoffs;
  readonly departures: Departures;
  readonly closing: ClosingClients;
  readonly routes: FirstRoutes;
  /** undefined without replicas */
  readonly survival: Survival | undefined;
  /** The client has a connection here. */
  isConnected(client: Ipv6Address): boolean;
  clients(): readonly Ipv6Address[];
}

/** The paper's §5 library for applications, on one member's parts: what an application says wrong ends its call, not the member. */
export class MemberLibrary implements ServerLibrary {
  readonly #parts: LibraryParts;

  constructor(parts: LibraryParts) {
    this.#parts = parts;
  }

  get events(): EventEmitter<ClientEvents> {
    return this.#parts.hosted.events;
  }

  /** See `ServerLibrary`. A client's first route optimisation is waited for; without it there is no handoff. */
  clientHandoff(
    socket: net.Socket,
    acceptor: string,
    applicationState: Uint8Array | (() => Uint8Array),
    options: HandoffOptions = {},
  ): Promise<HandoffResult> {
    const client = ipv6(socket.remoteAddress ?? '::');
    const state =
      typeof applicationState === 'function'
        ? () => this.#parts.hosted.guard.ask(socket, client, applicationState)
        : applicationState;
    return answerOf(async () => {
      const to = destination(acceptor, options);
      if (to.variant.stays === true) return { moved: false, socket: this.#stays(socket, client) };
      const back = await this.#parts.departures.depart(client, { socket, applicationState: state }, to);
      return back === undefined ? { moved: true } : { moved: false, socket: back };
    });
  }

  /** See `ServerLibrary`. */
  moveClient(client: string, acceptor: string, options: HandoffOptions = {}): Promise<boolean> {
    return answerOf(async () => {
      const address = addressOf('client', client);
      const to = destination(acceptor, options);
      if (to.variant.stays === true || !this.#parts.isConnected(address)) return false;
      return await this.#parts.departures.leave(address, to);
    });
  }

  get clients(): readonly Ipv6Address[] {
    return this.#parts.clients();
  }

  get members(): readonly Ipv6Address[] {
    return this.#parts.options.members();
  }

  /** See `ServerLibrary`; without membership there is nobody to choose. */
  chooseAcceptor(client: string): Promise<Ipv6Address | undefined> {
    return answerOf(
      async () => await this.#parts.options.membership?.chooseAcceptor(addressOf('client', client)),
    );
  }

  clientState(listener: StateListener): void {
    this.#parts.hosted.stateOf = listener;
  }

  resumable(content: ContentListener): void {
    this.#parts.hosted.content = content;
  }

  clientReceive(listener: ClientListener): void {
    this.#parts.hosted.receiver = listener;
  }

  clientSurvives(listener: SurvivorListener): void {
    this.#parts.hosted.survivor = listener;
  }

  /** See `ServerLibrary`. */
  protect(
    socket: net.Socket,
    applicationState: Uint8Array,
    options: ProtectionOptions = {},
  ): Promise<Protection> {
    const { plain } = this.#parts.options;
    const isPlain = (client: Ipv6Address): boolean => plain.isPlain(client);
    return answerOf(() =>
      Promise.resolve(protect(this.#parts.survival, isPlain, socket, applicationState, options)),
    );
  }

  prepare(socket: net.Socket, acceptor: string, options: Pick<HandoffOptions, 'variant'> = {}): boolean {
    const client = ipv6(socket.remoteAddress ?? '::');
    const to = destination(acceptor, options);
    return asMember(() => this.#parts.handoffs.prepare(client, to.acceptor, to.variant))();
  }

  /** Route optimisation with a client that has no TCP connection: true when it has acknowledged the binding. */
  optimizeRoute(client: string): Promise<boolean> {
    return answerOf(async () => await this.#parts.routes.optimize(addressOf('client', client)));
  }

  clientClose(socket: net.Socket): Promise<void> {
    return answerOf(() => this.#parts.closing.close(socket));
  }

  /** The application goes on as after a handoff that was not begun. */
  #stays(socket: net.Socket, client: Ipv6Address): net.Socket {
    this.#parts.options.log.write('handoff-not-started', { client, reason: 'the variant leaves it here' });
    return socket;
  }
}
