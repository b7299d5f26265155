import type net from 'node:net';
import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { EventWriter } from '../nodes/support/event-log.ts';
import type { ServerLibrary } from './server-library.ts';

/** The member that an application runs on. */
export interface ApplicationHost {
  /** this member's own */
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly server: ServerLibrary;
  readonly log: EventWriter;
  /** aborted when the member ends, right before `close` */
  readonly signal: AbortSignal;
}

/** ms that a member which ends waits for its application's `close`. */
export const CLOSE_LIMIT_MS = 5000;

/** A server application as a member runs it; `registry.ts` names them all. */
export interface ServerApplication {
  /** Called once, before any client comes: the time for `server.clientReceive`. Clients come when its promise, if it gives one, has resolved. */
  start(host: ApplicationHost): void | Promise<void>;
  /** A client has connected to this member. */
  onConnection(socket: net.Socket, client: Ipv6Address): void;
  /** Called once, when the member ends and its clients have gone; a promise is waited for, but no longer than `CLOSE_LIMIT_MS`. */
  close?(): void | Promise<void>;
  /** In place of `close`. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
