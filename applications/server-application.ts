import type net from 'node:net';
import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { EventWriter } from '../nodes/support/event-log.ts';
import type { ServerLibrary } from './server-library.ts';

/** The member that an application runs on. */
export interface ApplicationHost {
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly server: ServerLibrary;
  readonly log: EventWriter;
}

/** A server application as a member runs it; `registry.ts` names them all. */
export interface ServerApplication {
  /** Called once, before any client comes: the time for `server.clientReceive`. */
  start(host: ApplicationHost): void;
  /** A client has connected to this member. */
  onConnection(socket: net.Socket, client: Ipv6Address): void;
  /** Called once, when the member ends. */
  close(): void;
}
