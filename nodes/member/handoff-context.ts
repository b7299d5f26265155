import type net from 'node:net';
import type { FdPoller } from '../../linux/fd-poller.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../server/channel-frames.ts';
import type { EventWriter } from '../support/event-log.ts';
import type { RestoringOptions } from './frozen-socket.ts';
import type { Mobility } from './mobility.ts';

/** What a handoff asks of the member's mobile-node part. */
export type ClientBindings = Pick<
  Mobility,
  | 'startReturnRoutability'
  | 'bindAsAcceptor'
  | 'renew'
  | 'contest'
  | 'reclaim'
  | 'suspend'
  | 'resume'
  | 'forget'
  | 'handedOff'
  | 'lastSequence'
>;

/** What the handoffs of a member work with. */
export interface HandoffContext {
  readonly contactAddress: Ipv6Address;
  readonly doneTimeoutMs: number;
  readonly leaseMs: number;
  readonly mobility: ClientBindings;
  readonly poller: FdPoller;
  readonly log: EventWriter;
  send(peer: Ipv6Address, frame: HandoffFrame): boolean;
  /** Resolves at the instant at which the client has acknowledged every octet written to the socket. */
  whenDrained(socket: net.Socket, signal: AbortSignal): Promise<void>;
  /** Leaves new connections of this client unanswered, until the returned function is called. */
  holdNewConnections(client: Ipv6Address): () => void;
  /** How sockets towards this client are re-created here. */
  restoring(client: Ipv6Address): RestoringOptions;
  /** A client has been taken over: its socket is live, the application goes on. */
  onClient(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void;
}
