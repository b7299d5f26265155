import type net from 'node:net';
import { ConnectionEnd, connectionIsOver } from '../../linux/tcp/connection-end.ts';
import { descriptorOf, hasDescriptor } from '../../linux/tcp/node-socket.ts';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { asMember } from './application-guard.ts';
import { DonorSocket } from './donor-socket.ts';
import type { HandoffContext } from './handoff-context.ts';

/** One connection of a client that is to be handed off. */
export interface DepartingConnection {
  readonly socket: net.Socket;
  readonly applicationState: Uint8Array;
}

/**
 * What became of it: undefined, the acceptor serves it; a socket, this member has to serve on there, the same or a new one in
 * its place; an error, nobody can serve it any more.
 */
export type HandoffOutcome = net.Socket | undefined | ProtocolError;

/** One connection at its donor, from the request until its outcome. */
export class DonorConnection implements DepartingConnection {
  readonly socket: net.Socket;
  readonly applicationState: Uint8Array;
  readonly frozen: DonorSocket;
  readonly #end: ConnectionEnd;
  readonly #onClose: () => void;
  readonly #ended = new AbortController();
  #outcome: { readonly of: HandoffOutcome } | undefined;

  /** `onGone` may be called more than once. */
  constructor(
    { socket, applicationState }: DepartingConnection,
    { poller, sendBuffer }: Pick<HandoffContext, 'poller' | 'sendBuffer'>,
    onGone: () => void,
  ) {
    this.socket = socket;
    this.applicationState = applicationState;
    this.frozen = new DonorSocket(socket, sendBuffer);
    this.#onClose = asMember(onGone);
    socket.once('close', this.#onClose);
    // Node does not read the socket any more, and so does not see that the client has reset it.
    this.#end = new ConnectionEnd(poller, descriptorOf(socket), onGone);
  }

  /** Aborted when there is nothing more to wait for. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** The kernel, or Node, is done with the connection. */
  get isOver(): boolean {
    return this.socket.destroyed || connectionIsOver(descriptorOf(this.socket));
  }

  /** It has been destroyed here, by its application for one: it cannot be served here any more, but at the acceptor it can. */
  get isDestroyed(): boolean {
    return !hasDescriptor(this.socket);
  }

  get outcome(): HandoffOutcome {
    return this.#outcome?.of;
  }

  /** Nothing that happens to the connection from now on is the handoff's. */
  end(): void {
    this.#ended.abort();
    this.#end.cancel();
    this.socket.removeListener('close', this.#onClose);
  }

  /** The acceptor serves it: closes the frozen socket without a packet. */
  moved(): void {
    this.#settle(undefined);
    this.frozen.discard();
  }

  /** Nobody serves it any more. */
  lost(reason: string): void {
    this.#settle(new ProtocolError(reason));
    this.frozen.discard();
  }

  /** It was destroyed here, and nobody serves it elsewhere: its client gets the reset that was held back while it was frozen. */
  brokenOff(reason: string): void {
    const { descriptor } = this.#end;
    if (descriptor !== undefined) this.frozen.breakOff(descriptor);
    this.lost(reason);
  }

  /** As if nothing had been. */
  stays(): void {
    this.frozen.unfreeze();
    this.#settle(this.socket);
  }

  /** After another member may have served it for a moment; false when this one cannot go on (`lost` says so then). */
  async returns({ poller, restoring }: HandoffContext, client: Ipv6Address): Promise<boolean> {
    const alive = await this.frozen.unfreezeWhereClientStands(poller, restoring(client));
    if (alive !== undefined) this.#settle(alive);
    return alive !== undefined;
  }

  /**
   * Resolves when every octet that the application had written by now is in the kernel's socket, or never will be because the
   * connection is over; undefined: all are there.
   */
  written(): Promise<void> | undefined {
    const { socket } = this;
    // A corked socket keeps what is written, and who corked it does not have it any more.
    while (socket.writableCorked > 0) socket.uncork();
    // Behind what the application has ended nothing can be written; its FIN is the last to reach the kernel.
    if (socket.writableEnded && !socket.writableFinished && !socket.destroyed)
      return new Promise((resolve) => void socket.once('finish', resolve).once('close', () => resolve()));
    // libuv's own queue is in it: Node counts a write until libuv has told its end.
    if (socket.writableLength === 0) return undefined;
    return new Promise((resolve) => socket.write('', () => resolve()));
  }

  #settle(of: HandoffOutcome): void {
    this.end();
    this.#outcome ??= { of };
  }
}
