import type net from 'node:net';
import type { FdPoller } from '../../linux/fd-poller.ts';
import { LastOctets } from '../../linux/tcp/last-octets.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { Mobility } from './mobility.ts';
import type { PlainClientService } from './plain/plain-clients.ts';
import { isSilenced } from './silent-end.ts';

/** A client whose handshake is under way is looked at again after this. */
const comingAgainMs = 1000;

interface ClosingClientsOptions {
  readonly poller: FdPoller;
  readonly mobility: Pick<Mobility, 'lastSequence' | 'unbind' | 'forget'>;
  readonly plain: Pick<PlainClientService, 'holdsContact'>;
  /** The client has a live connection here. */
  isConnected(client: Ipv6Address): boolean;
  /** The client has a connection to this member that the server has not seen yet, or not closed. */
  isConnecting(client: Ipv6Address): boolean;
  /** Leaves new connections of this client unanswered, until the returned function is called. */
  holdNewConnections(client: Ipv6Address): () => void;
}

/** Clients whose connections end here: their bindings are deleted after the last octet of the last one (paper §5, `client_close`). */
export class ClosingClients {
  readonly #options: ClosingClientsOptions;
  /** of sockets that are being closed */
  readonly #lastOctets = new WeakMap<net.Socket, LastOctets>();
  /** clients whose binding is being deleted, and who wants to know */
  readonly #leaving = new Map<Ipv6Address, () => void>();
  /** until clients that are coming again are looked at */
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(options: ClosingClientsOptions) {
    this.#options = options;
  }

  /** Those whose binding is being deleted. */
  get leaving(): readonly Ipv6Address[] {
    return [...this.#leaving.keys()];
  }

  /** See `ServerLibrary.clientClose`. */
  close(socket: net.Socket): Promise<void> {
    if (socket.destroyed) return Promise.resolve();
    if (!this.#lastOctets.has(socket))
      this.#lastOctets.set(socket, new LastOctets(this.#options.poller, descriptorOf(socket)));
    socket.resume();
    socket.end();
    return new Promise((resolve) => socket.once('client-left', resolve));
  }

  isClosing(socket: net.Socket): boolean {
    return this.#lastOctets.has(socket) || socket.writableEnded;
  }

  /** Its application has ended it in order, and its last octets are on their way to the client: event 'client-left' when it has them. */
  delivers(socket: net.Socket): boolean {
    return this.#lastOctets.has(socket) && socket.writableFinished && !isSilenced(socket);
  }

  /** One that has come again is bound again: nobody waits for the deletion any more. */
  cameAgain(client: Ipv6Address): void {
    this.#leaving.get(client)?.();
    this.#leaving.delete(client);
  }

  /** A connection has ended, in whichever way: when it was the client's last one, its binding goes after the last octet. */
  ended(socket: net.Socket, client: Ipv6Address): void {
    const lastOctets = this.#lastOctets.get(socket);
    const left = (): boolean => socket.emit('client-left');
    const leave = (): void => {
      if (this.#stopped) return;
      const { isConnected, mobility } = this.#options;
      if (isConnected(client) || mobility.lastSequence(client) === undefined) left();
      else if (this.#isComing(client)) this.#later(leave);
      else this.#unbind(client, left);
    };
    if (lastOctets === undefined) leave();
    else if (this.delivers(socket)) lastOctets.whenDelivered(leave);
    else {
      lastOctets.abandon();
      leave();
    }
  }

  /** The client has answered the deletion of its binding, or does not answer. */
  unbound(client: Ipv6Address): void {
    const left = this.#leaving.get(client);
    if (left === undefined) return;
    this.#leaving.delete(client);
    const { isConnected, mobility } = this.#options;
    // Nothing of a client that has gone stays, tokens included; it may have come again meanwhile.
    if (!isConnected(client)) mobility.forget(client);
    left();
  }

  /** The process ends: no binding is deleted any more. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #later(act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, comingAgainMs);
    this.#timers.add(timer);
  }

  /** The client is opening a connection to this member, which would break off halfway without the binding that led here. */
  #isComing(client: Ipv6Address): boolean {
    const { isConnecting, plain } = this.#options;
    return !plain.holdsContact && isConnecting(client);
  }

  /** A connection that the client opens meanwhile comes to the contact node, a second later. */
  #unbind(client: Ipv6Address, left: () => void): void {
    const { holdNewConnections, mobility, plain } = this.#options;
    const release = plain.holdsContact ? () => undefined : holdNewConnections(client);
    this.#leaving.set(client, () => {
      release();
      left();
    });
    mobility.unbind(client);
  }
}
