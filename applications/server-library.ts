import type { EventEmitter } from 'node:events';
import type net from 'node:net';
import type { Ipv6Address } from '../mip6/wire/address.ts';
import type { Protection } from '../server/successor/holder-types.ts';
import type { HandoffVariant } from '../server/variants/variants.ts';

/** How a client is handed off, where an application does not want the default. */
export interface HandoffOptions {
  /** or its name; default: `drain+advance-rr`, the shortest gap (paper §6.4) */
  readonly variant?: HandoffVariant | string;
  /** the paper's waiting time (§6.3), ms, for variants that do not drain; default 0 */
  readonly waitMs?: number;
  /** aborted before the client is frozen, there is no handoff, as if the acceptor had refused; later it is nothing */
  readonly signal?: AbortSignal;
}

/** How a handoff ended for a connection: where it did not move, `socket` (the same or a new one in its place) is to be served on. */
export type HandoffResult = { readonly moved: true } | { readonly moved: false; readonly socket: net.Socket };

/** What happens to clients of this member, by the client's address; told after it has happened. */
export interface ClientEvents {
  /** it has connected here */
  connected: [client: string];
  /** another member has handed it off to this one */
  received: [client: string];
  /** its packets come straight here: it has acknowledged a binding to this member */
  bound: [client: string];
  /** it has gone to that member with all its connections */
  moved: [client: string, acceptor: string];
  /** it was to go to that member, and stays */
  stayed: [client: string, acceptor: string];
  /** nothing of it is here any more, whether it has moved or its connections have ended */
  left: [client: string];
}

/**
 * Goes on with a client that another member has handed off.
 *
 * `socket` is like any accepted one, already where the donor's stopped: what the donor wrote has been or will be delivered, what
 * the client sent and the donor did not read is to be read here. `applicationState` is the donor's, octet for octet.
 */
export type ClientListener = (socket: net.Socket, applicationState: Uint8Array, client: Ipv6Address) => void;

/**
 * Gives the state of a connection whose client is being handed off, once everything that this member wants to send there has been written.
 * From the call on the socket is not read any more, and from the state on it is the library's. A client that was sending has been told to
 * stop by then, and waits. Undefined: the
 * connection stays, and with it the whole client. Where there was no handoff, the application gets the connection back
 * through its `clientReceive`.
 */
export type StateListener = (socket: net.Socket) => Promise<Uint8Array | undefined>;

/** How a connection is protected. */
export interface ProtectionOptions {
  /** octets of the output that the state describes which have been written to the socket already; default 0: it begins with the next one */
  readonly sent?: number;
  /**
   * what is to become of what the client sends behind this state; default `unprotected`: when this member dies, it is lost unless the client
   * sends it again, and a connection that lacks it is reset. `gated`: no octet of it is acknowledged to the client before another member has it, too, which costs
   * a round trip between the two; who goes on is given it again. Output then follows from the state and from what the client sends
   */
  readonly input?: 'unprotected' | 'gated';
}

/**
 * Goes on with a connection of a member that has died.
 *
 * `applicationState` is what that member gave to `protect` last, octet for octet; `sent`: the client has so many octets of the output that
 * the state describes, whatever that member had written. Write the rest, from there. One more than there are: the client has the
 * connection's end as well.
 *
 * With `input: 'gated'` the socket gives once more what the client has sent since that state, and `sent` is 0: read it, and write all that follows from
 * the state on; what of it the client has already goes nowhere. `protect` it again at once.
 */
export type SurvivorListener = (
  socket: net.Socket,
  applicationState: Uint8Array,
  client: Ipv6Address,
  position: { readonly sent: number },
) => void;

/**
 * Makes octets again: the last `octets` that the server, at whichever member, had written to a connection by the time of
 * `applicationState`. They are the very same, at once. Undefined: that many cannot be made.
 */
export type ContentListener = (applicationState: Uint8Array, octets: number) => Uint8Array | undefined;

/** The application-level handoff of paper §5, for the author of a server; docs/server-library.md shows its use. */
export interface ServerLibrary {
  /**
   * Hands a client off (paper §5, `client_handoff`): its binding, its TCP connection and `applicationState` (any octets).
   * Call it when everything that this member wants to send has been written to the socket: from then on the socket is the library's. Octets
   * that Node still holds go to the kernel first; the last `send()` has returned when they have.
   *
   * Resolves with `moved: true` when the acceptor serves the client; with `moved: false` and a socket, the same or a new one in its
   * place, when there was no handoff: serve on there, `applicationState` being where it stood. Rejects with ProtocolError when
   * nobody can serve the client any more.
   *
   * `applicationState` may be a function instead, for a client in the middle of sending: the application reads on, the client is told to send nothing
   * more, and when all that it had under way has come the function is called, once, right before the connection is frozen. So no octet
   * is lost on its way, and the client's congestion control does not notice. A state that is given at once ends reading at once: what a client that
   * is streaming has under way then moves with it, through this member's uplink.
   *
   * A client has one binding, so that all its connections go together or none (paper §7.4): the library asks the `clientState`
   * listener for the states of the others. A call for one of them meanwhile joins the handoff, whose acceptor is the first call's.
   *
   * `acceptor`: the member's care-of address, in any of an IPv6 address' text forms.
   */
  clientHandoff(
    socket: net.Socket,
    acceptor: string,
    applicationState: Uint8Array | (() => Uint8Array),
    options?: HandoffOptions,
  ): Promise<HandoffResult>;

  /**
   * Hands a client off without a connection in hand: the `clientState` listener gives the state of each of its connections. True when it has moved; false when it stays, or is not here.
   */
  moveClient(client: string, acceptor: string, options?: HandoffOptions): Promise<boolean>;

  /**
   * The member that the server's policy (`acceptorPolicy`) chooses for this client, by its care-of address; undefined when no other
   * member takes clients, or when members are not told of each other (`membership`).
   */
  chooseAcceptor(client: string): Promise<Ipv6Address | undefined>;

  /** Names who gets the clients that other members hand off (paper §5, `client_receive`); call it before any can come. */
  clientReceive(listener: ClientListener): void;

  /**
   * Names who gives the states of connections that the application has not asked to hand off: a client's other ones (without, a
   * client with several is not handed off), and all when this member leaves (without, they are lost then).
   */
  clientState(listener: StateListener): void;

  /**
   * Names who makes written octets again, from a connection's application state. Octets that the client has not acknowledged need not
   * travel then: so a handoff can do without waiting. Both members compare what is made with what was written; where it is not the same
   * the octets travel, or the client stays. Without a listener they travel.
   */
  resumable(content: ContentListener): void;

  /**
   * Closes a client's connection and then deletes its binding (paper §5, `client_close`): resolves when the client has
   * acknowledged the deletion, or has given no answer. Sockets that came through `clientReceive` must be closed like this; so
   * should those of clients that connected here, which have a binding too.
   */
  clientClose(socket: net.Socket): Promise<void>;

  /**
   * Prepares a handoff without beginning it (paper §6.4, Prepare): the acceptor runs return routability with the client now,
   * while this member goes on serving. The next `clientHandoff` of this client to this acceptor needs one round trip less.
   *
   * True when Prepare has gone out, or had before; false when the channel to that member does not stand. The acceptor forgets
   * after the time that it grants a handoff (`doneTimeoutMs`); a handoff is then prepared in its own course. Preparing another
   * acceptor, or the client's leaving, takes the preparation back.
   */
  prepare(socket: net.Socket, acceptor: string, options?: Pick<HandoffOptions, 'variant'>): boolean;

  /**
   * Makes a connection outlive this member: another one, its backup, goes on when this one dies, is cut off, or is stopped. The application promises that
   * all it writes from here on follows from `state` alone (any octets), until its next call. It calls this with each new request that it
   * has read.
   *
   * Resolves with `protected` when the backup can take the client over, with `unprotected` and the reason when none does or the connection has
   * ended. Until then the connection ends with this member, as one for which this is never called; nobody has to wait for it. All connections of
   * a client have the same backup.
   */
  protect(socket: net.Socket, state: Uint8Array, options?: ProtectionOptions): Promise<Protection>;

  /** Names who gets the connections of members that have died; call it before any can come. Without, they are reset. */
  clientSurvives(listener: SurvivorListener): void;

  /** Route optimisation with a client that has no TCP connection: true when it has acknowledged the binding. */
  optimizeRoute(client: string): Promise<boolean>;

  /** Care-of addresses of the other members, at present. */
  readonly members: readonly Ipv6Address[];

  /** Clients that are served here, whose takeover is under way, or whose binding is being deleted. */
  readonly clients: readonly Ipv6Address[];

  /** What happens to clients, for those who want to know; nobody needs to listen. */
  readonly events: EventEmitter<ClientEvents>;
}
