import { AsyncLocalStorage } from 'node:async_hooks';
import type net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { EventWriter } from '../support/event-log.ts';

/** Errors within ERROR_SPAN_MS behind which an application is stopped: it fails whatever its clients do. */
export const MOST_ERRORS = 100;
export const ERROR_SPAN_MS = 60_000;

export interface GuardOptions {
  /** the application's, for the log */
  readonly name: string;
  readonly log: EventWriter;
  /** ms, monotonic */
  now(): number;
  /** Ends a connection whose code has failed, by a reset. */
  reset(socket: net.Socket): void;
  /** The application gets nothing more to do: its connections are ended, and new ones refused. */
  onStopped(): void;
}

/** Whose code runs, also in what it has begun and will go on later. */
interface Scope {
  readonly guard: ApplicationGuard;
  /** absent: the application as a whole */
  readonly connection?: { readonly socket: net.Socket; readonly client: Ipv6Address };
}

const scopes = new AsyncLocalStorage<Scope | undefined>();
/** errors of the member's own code that application's code has called */
const ownFaults = new WeakSet<object>();
/** errors that have been told: every node of a process hears of an uncaught one */
const told = new WeakSet<object>();

/**
 * `act` as the member's own code, wherever it is called: what it begins is not the application's, and an error in it ends the
 * member, whose state nobody knows then.
 */
export function asMember<Values extends unknown[], Result>(
  act: (...values: Values) => Result,
): (...values: Values) => Result {
  return (...values) =>
    scopes.run(undefined, () => {
      try {
        return act(...values);
      } catch (error) {
        if (isObject(error)) ownFaults.add(error);
        throw error;
      }
    });
}

/**
 * The same for an answer that the application waits for. A promise belongs to who makes it: this one is the application's, and so is a rejection
 * that the application does not catch.
 */
export function answerOf<Answer>(act: () => Promise<Answer>): Promise<Answer> {
  return asMember(act)().then((answer) => answer);
}

/** Whether an error that nobody has caught was an application's: it is dealt with then. For `uncaughtException`. */
export function wasApplications(error: unknown): boolean {
  if (isObject(error) && told.has(error)) return true;
  const scope = scopes.getStore();
  if (scope === undefined || isOwnFault(error)) return false;
  scope.guard.failed(error, scope.connection);
  return true;
}

/**
 * Keeps an application's errors from the member: one in the code of a connection, in whichever of its socket's events or in what
 * that began, ends this connection, and one beyond all connections nothing. Each is `application-error` in the log. An application
 * that fails MOST_ERRORS times within ERROR_SPAN_MS is stopped (`application-stopped`); the member goes on without it.
 */
export class ApplicationGuard {
  readonly #options: GuardOptions;
  readonly #watched = new WeakSet<net.Socket>();
  #errors: number[] = [];
  #stopped = false;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Calls the application about a connection, and watches what it does in the socket's events from now on. */
  serve(socket: net.Socket, client: Ipv6Address, act: () => unknown): void {
    const connection = { socket, client };
    if (!this.#watched.has(socket)) {
      this.#watched.add(socket);
      const emit = socket.emit.bind(socket) as (...values: unknown[]) => boolean;
      socket.emit = (...values: unknown[]) => this.#run(() => emit(...values), connection) ?? true;
    }
    this.#run(act, connection);
  }

  /** Calls the application about a connection, for an answer that is waited for: what fails is the caller's to see. */
  ask<Answer>(socket: net.Socket, client: Ipv6Address, act: () => Answer): Answer {
    return scopes.run({ guard: this, connection: { socket, client } }, act);
  }

  /** What `act` begins is the application's, of no connection; its own error is the caller's. */
  begin<Result>(act: () => Result): Result {
    return scopes.run({ guard: this }, act);
  }

  failed(error: unknown, connection?: Scope['connection']): void {
    if (isObject(error)) told.add(error);
    const { log, name, reset, now, onStopped } = this.#options;
    const what = { application: name, reason: textOf(error) };
    log.write('application-error', connection === undefined ? what : { ...what, client: connection.client });
    if (connection !== undefined && !connection.socket.destroyed) reset(connection.socket);
    // Any client can break its connection off, as often as it likes: an application that does not listen for that is no failing one.
    if (connection !== undefined && isConnections(error, connection.socket)) return;
    const since = now() - ERROR_SPAN_MS;
    this.#errors = [...this.#errors.filter((at) => at > since), now()];
    if (this.#stopped || this.#errors.length < MOST_ERRORS) return;
    this.#stopped = true;
    log.write('application-stopped', { application: name, errors: MOST_ERRORS });
    onStopped();
  }

  #run<Result>(act: () => Result, connection: Scope['connection']): Result | undefined {
    try {
      return scopes.run({ guard: this, ...(connection === undefined ? {} : { connection }) }, act);
    } catch (error) {
      if (isOwnFault(error)) throw error;
      this.failed(error, connection);
      return undefined;
    }
  }
}

/** What ended the connection, or what a stream's reader or pipeline makes of that end. */
function isConnections(error: unknown, socket: net.Socket): boolean {
  if (!isObject(error)) return false;
  return error === socket.errored || Reflect.get(error, 'code') === 'ERR_STREAM_PREMATURE_CLOSE';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isOwnFault(error: unknown): boolean {
  return isObject(error) && ownFaults.has(error);
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
