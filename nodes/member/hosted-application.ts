import { EventEmitter } from 'node:events';
import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../applications/server-application.ts';
import type {
  ClientEvents,
  ClientListener,
  ContentListener,
  StateListener,
  SurvivorListener,
} from '../../applications/server-library.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { monotonicMs } from '../support/role-driver.ts';
import { ApplicationGuard, type GuardOptions } from './application-guard.ts';

type HostingOptions = Pick<GuardOptions, 'name' | 'log' | 'onStopped'>;

/** The application that a member runs: its beginning, its end, and its functions that the member calls, each guarded against what they throw. */
export class HostedApplication {
  readonly events = new EventEmitter<ClientEvents>();
  readonly guard: ApplicationGuard;
  receiver: ClientListener | undefined;
  survivor: SurvivorListener | undefined;
  stateOf: StateListener | undefined;
  content: ContentListener | undefined;
  readonly #application: ServerApplication;
  readonly #ending = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(application: ServerApplication, { name, log, onStopped }: HostingOptions) {
    this.#application = application;
    // Which is a reset, unless the application has asked for an orderly end.
    const reset = (socket: net.Socket): void => void socket.destroy();
    this.guard = new ApplicationGuard({ name, log, now: monotonicMs, reset, onStopped });
  }

  /** Gives the promise that the application gives, if any; an error in this is the member's end. */
  start(host: Omit<ApplicationHost, 'signal'>): unknown {
    return this.guard.begin(() => this.#application.start({ ...host, signal: this.#ending.signal }));
  }

  /** Ends it, whatever it says to that; resolves when it says that it has ended. */
  close(): Promise<void> {
    this.#closed ??= this.#close().catch((error: unknown) => this.guard.failed(error));
    return this.#closed;
  }

  /** A connection that has begun here. */
  connected(socket: net.Socket, client: Ipv6Address): void {
    this.guard.serve(socket, client, () => this.#application.onConnection(socket, client));
  }

  /** A connection from another member, or one that stays after all: what the application does with it, if it takes such. */
  receiving(socket: net.Socket, client: Ipv6Address, state: Uint8Array): (() => unknown) | undefined {
    const { receiver } = this;
    return receiver && (() => receiver(socket, state, client));
  }

  /** A connection of a member that has died. */
  surviving(
    socket: net.Socket,
    client: Ipv6Address,
    state: Uint8Array,
    sent: number,
  ): (() => unknown) | undefined {
    const { survivor } = this;
    return survivor && (() => survivor(socket, state, client, { sent }));
  }

  /** The application's states of connections that it has not asked to hand off; undefined: it gives none. */
  states(): StateListener | undefined {
    const { stateOf } = this;
    if (stateOf === undefined || this.guard.stopped) return undefined;
    return (socket) => this.guard.ask(socket, ipv6(socket.remoteAddress ?? '::'), () => stateOf(socket));
  }

  /** An application that fails here, or whose answer is none, makes nothing again. */
  contents(): ContentListener | undefined {
    const { content } = this;
    if (content === undefined || this.guard.stopped) return undefined;
    return (state, octets) => {
      let made: unknown;
      try {
        this.guard.begin(() => (made = content(state, octets)));
      } catch (error) {
        this.guard.failed(error);
      }
      return made instanceof Uint8Array ? made : undefined;
    };
  }

  /** Listeners are the application's code. */
  tell<Name extends keyof ClientEvents>(name: Name, ...values: ClientEvents[Name]): void {
    if (this.events.listenerCount(name) === 0) return;
    try {
      this.guard.begin(() => this.events.emit<Name>(name, ...(values as never)));
    } catch (error) {
      this.guard.failed(error);
    }
  }

  async #close(): Promise<void> {
    const application = this.#application;
    await this.guard.begin(() => {
      this.#ending.abort();
      return application.close === undefined ? application[Symbol.asyncDispose]?.() : application.close();
    });
  }
}
