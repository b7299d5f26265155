import net from 'node:net';
import { LastOctets } from '../../linux/tcp/last-octets.ts';
import { descriptorOf, startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { ChannelFrame } from '../../server/channel-frames.ts';
import { handoffVariant } from '../../server/variants.ts';
import type { ServerApplication } from '../applications/server-application.ts';
import type { PeerChange } from './channel.ts';
import type { HandoffContext } from './handoff-context.ts';
import { Handoffs } from './handoffs.ts';
import type { ClientListener, HandoffOptions, ServerLibrary } from './server-library.ts';

const DEFAULT_VARIANT = handoffVariant('drain+advance-rr');

export interface MemberServerOptions extends Omit<HandoffContext, 'onClient'> {
  readonly servicePort: number;
  /** SO_SNDBUF of clients' sockets, in octets as setsockopt takes them */
  readonly sendBuffer: number;
}

/** The ad hoc distributed server as one member runs it: the paper's §5 library for applications. */
export class MemberServer implements ServerLibrary {
  readonly #options: MemberServerOptions;
  readonly #application: ServerApplication;
  readonly #handoffs: Handoffs;
  readonly #listener: net.Server;
  /** of sockets that are being closed */
  readonly #lastOctets = new WeakMap<net.Socket, LastOctets>();
  /** clients whose binding is being deleted, and who wants to know */
  readonly #leaving = new Map<Ipv6Address, () => void>();
  /** first route optimisations, under way or ended */
  readonly #routes = new Map<Ipv6Address, Promise<boolean>>();
  /** live connections by client */
  readonly #connections = new Map<Ipv6Address, number>();
  readonly #optimizing = new Map<Ipv6Address, (optimized: boolean) => void>();
  #receiver: ClientListener | undefined;

  constructor(options: MemberServerOptions, application: ServerApplication) {
    this.#options = options;
    this.#application = application;
    this.#handoffs = new Handoffs({
      ...options,
      onClient: (socket, client, state) => this.#receive(socket, client, state),
    });
    this.#listener = net.createServer((socket) => this.#accept(socket));
  }

  /** Takes clients at the contact address. */
  listen(): void {
    const { contactAddress, servicePort, sendBuffer } = this.#options;
    this.#listener.listen({ host: contactAddress, port: servicePort, ipv6Only: true }, () =>
      // Connections inherit the listening socket's options.
      setSendBuffer(descriptorOf(this.#listener), sendBuffer),
    );
  }

  /**
   * See `ServerLibrary`. A client's first route optimisation is waited for; without it, or while the client has other
   * connections here, which its one binding would tear off, there is no handoff.
   */
  async clientHandoff(
    socket: net.Socket,
    acceptor: Ipv6Address,
    applicationState: Uint8Array,
    { variant = DEFAULT_VARIANT, waitMs = 0 }: HandoffOptions = {},
  ): Promise<net.Socket | undefined> {
    const client = ipv6(socket.remoteAddress ?? '::');
    stopReading(socket);
    const bound = (await this.#routes.get(client)) ?? true;
    const alone = this.#connections.get(client) === 1;
    if (bound && alone && !socket.destroyed) {
      const request = { socket, client, acceptor, applicationState, variant, waitMs };
      const back = await this.#handoffs.donate(request);
      if (back !== undefined && back !== socket) this.#count(back, client);
      return back;
    }
    const reason = bound ? 'other connections of the client' : 'no route optimisation with the client';
    this.#options.log.write('handoff-not-started', { client, reason });
    if (!socket.destroyed) startReading(socket);
    return socket;
  }

  clientReceive(listener: ClientListener): void {
    this.#receiver = listener;
  }

  prepare(socket: net.Socket, acceptor: Ipv6Address): boolean {
    return this.#handoffs.prepare(ipv6(socket.remoteAddress ?? '::'), acceptor);
  }

  /** Route optimisation with a client that has no TCP connection: true when it has acknowledged the binding. */
  optimizeRoute(client: Ipv6Address): Promise<boolean> {
    return new Promise((resolve) => {
      this.#optimizing.set(client, resolve);
      this.#options.mobility.optimizeRoute(client);
    });
  }

  clientClose(socket: net.Socket): Promise<void> {
    if (socket.destroyed) return Promise.resolve();
    this.#lastOctets.set(socket, new LastOctets(this.#options.poller, descriptorOf(socket)));
    socket.resume();
    socket.end();
    return new Promise((resolve) => socket.once('client-left', resolve));
  }

  onFrame(peer: Ipv6Address, frame: ChannelFrame): void {
    this.#handoffs.onFrame(peer, frame);
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    this.#handoffs.onPeer(peer, change);
  }

  /** Events of the mobile-node role that concern handoffs and closing clients. */
  onMobilityEvent(event: MobileNodeEvent): void {
    this.#handoffs.onMobilityEvent(event);
    switch (event.kind) {
      case 'binding-acknowledged':
        this.#optimized(event.correspondent, true);
        return;
      case 'binding-rejected':
        if (event.retrying) return;
        this.#optimized(event.correspondent, false);
        this.#closed(event.correspondent);
        return;
      case 'gave-up':
        this.#optimized(event.correspondent, false);
        this.#closed(event.correspondent);
        return;
      case 'binding-deleted':
        this.#closed(event.correspondent);
        return;
      default:
        return;
    }
  }

  close(): void {
    this.#listener.close();
  }

  #accept(socket: net.Socket): void {
    const client = ipv6(socket.remoteAddress ?? '::');
    this.#options.log.write('client-connected', { client, port: socket.remotePort ?? 0 });
    // Route optimisation runs beside the application's own exchange (paper §6.1).
    this.#count(socket, client);
    // One that has come again is bound again; nobody waits for the deletion any more.
    this.#leaving.get(client)?.();
    this.#leaving.delete(client);
    this.#routes.set(client, this.optimizeRoute(client));
    this.#application.onConnection(socket, client);
  }

  #receive(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void {
    this.#count(socket, client);
    if (this.#receiver !== undefined) this.#receiver(socket, applicationState, client);
    else {
      this.#options.log.write('client-not-received', { client });
      socket.destroy();
    }
  }

  #count(socket: net.Socket, client: Ipv6Address): void {
    this.#connections.set(client, (this.#connections.get(client) ?? 0) + 1);
    socket.once('close', () => {
      const left = (this.#connections.get(client) ?? 1) - 1;
      if (left > 0) this.#connections.set(client, left);
      else this.#connections.delete(client);
      if (left === 0) {
        this.#routes.delete(client);
        this.#handoffs.withdraw(client);
      }
      this.#ended(socket, client);
    });
  }

  /** A connection has ended, in whichever way: when it was the client's last one, its binding goes after the last octet. */
  #ended(socket: net.Socket, client: Ipv6Address): void {
    const lastOctets = this.#lastOctets.get(socket);
    const left = (): boolean => socket.emit('client-left');
    const leave = (): void => {
      const stays =
        this.#connections.has(client) || this.#options.mobility.lastSequence(client) === undefined;
      if (stays) left();
      else {
        this.#leaving.set(client, left);
        this.#options.mobility.unbind(client);
      }
    };
    if (lastOctets === undefined) leave();
    else if (socket.writableFinished) lastOctets.whenDelivered(leave);
    else {
      lastOctets.abandon();
      leave();
    }
  }

  #optimized(client: Ipv6Address, optimized: boolean): void {
    this.#optimizing.get(client)?.(optimized);
    this.#optimizing.delete(client);
  }

  #closed(client: Ipv6Address): void {
    const left = this.#leaving.get(client);
    if (left === undefined) return;
    this.#leaving.delete(client);
    // Nothing of a client that has gone stays, tokens included; it may have come again meanwhile.
    if (!this.#connections.has(client)) this.#options.mobility.forget(client);
    left();
  }
}
