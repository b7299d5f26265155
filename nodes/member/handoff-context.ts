import type net from 'node:net';
import type { FdPoller } from '../../linux/fd-poller.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { GroupAddresses } from '../../server/admission/group-addresses.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import type { EndpointPlan } from '../../server/handoff/endpoint-types.ts';
import type { EventWriter } from '../support/event-log.ts';
import type { RestoringOptions } from './accepted-socket.ts';
import type { ClientBindings } from './mobility.ts';

/** What the handoffs of a member work with; the endpoint is given what is named here as it is. */
export interface HandoffContext
  extends Pick<
    EndpointPlan<never>,
    | 'doneTimeoutMs'
    | 'leaseMs'
    | 'attentionTo'
    | 'takesClaims'
    | 'takesVariants'
    | 'takesManyVariants'
    | 'memberTripMs'
    | 'homeProof'
  > {
  readonly contactAddress: Ipv6Address;
  /** where clients' connections come in */
  readonly servicePort: number;
  /** the server's own addresses, of which none is a client's */
  readonly group: GroupAddresses;
  readonly mobility: ClientBindings;
  readonly poller: FdPoller;
  /** SO_SNDBUF of clients' sockets, in octets as setsockopt takes them */
  readonly sendBuffer: number;
  readonly log: EventWriter;
  /** Whether that member reads socket options in a TCP state; default: it does. */
  readsOptions?(peer: Ipv6Address): boolean;
  /** Whether that member reads deflated TCP states; default: it does not. */
  readsDeflated?(peer: Ipv6Address): boolean;
  send(peer: Ipv6Address, frame: HandoffFrame): boolean;
  /** One way to that client, as its care-of test has measured, ms; undefined, also by default: not known. */
  testedTripMs?(client: Ipv6Address): number | undefined;
  /** Of the test that this client has answered soonest, ms; undefined, also by default: not known. */
  leastTestMs?(client: Ipv6Address): number | undefined;
  /** The client has no Mobile IPv6; default: it has. */
  isPlain?(client: Ipv6Address): boolean;
  /** Resolves at the instant at which the client has acknowledged every octet written to the socket. */
  whenDrained(socket: net.Socket, signal: AbortSignal): Promise<void>;
  /** Leaves new connections of this client unanswered, until the returned function is called. */
  holdNewConnections(client: Ipv6Address): () => void;
  /** Makes octets again that the application has written (`ServerLibrary.resumable`); undefined: it cannot. Default: it cannot. */
  content?(): ((applicationState: Uint8Array, octets: number) => Uint8Array | undefined) | undefined;
  /** How sockets towards this client are re-created here. */
  restoring(client: Ipv6Address): RestoringOptions;
  /** A donor's Prepare or Init has been admitted: told before the handoff itself is. */
  onBeginning?(donor: Ipv6Address, frame: Extract<HandoffFrame, { kind: 'prepare' | 'init' }>): void;
  /** The client is about to be frozen for its acceptor: nobody else may have it now. */
  onFreezing?(client: Ipv6Address): void;
  /** See DonorPlan; default: nobody may. */
  mayBeTakenOver?(client: Ipv6Address): boolean;
  /** It has not gone. */
  onResumed?(client: Ipv6Address): void;
  /** A client has been taken over: its socket is live, the application goes on. */
  onClient(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void;
}
