import net from 'node:net';
import { descriptorOf, startReading, stopReading } from '../../linux/tcp/node-socket.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { ChannelFrame } from '../../server/channel-frames.ts';
import type { HandoffVariant } from '../../server/variants.ts';
import type { ServerApplication } from '../applications/server-application.ts';
import type { PeerChange } from './channel.ts';
import type { HandoffContext } from './handoff-context.ts';
import { Handoffs } from './handoffs.ts';

export interface HandoffOptions {
  readonly variant: HandoffVariant;
  readonly waitMs: number;
}

export interface MemberServerOptions extends Omit<HandoffContext, 'onClient'> {
  readonly servicePort: number;
  /** SO_SNDBUF of clients' sockets, in octets as setsockopt takes them */
  readonly sendBuffer: number;
}

/** The ad hoc distributed server as one member runs it: the paper's §5 library for applications. */
export class MemberServer {
  readonly #options: MemberServerOptions;
  readonly #application: ServerApplication;
  readonly #handoffs: Handoffs;
  readonly #listener: net.Server;
  readonly #closing = new Map<Ipv6Address, () => void>();
  /** first route optimisations, under way or ended */
  readonly #routes = new Map<Ipv6Address, Promise<boolean>>();
  /** live connections by client */
  readonly #connections = new Map<Ipv6Address, number>();
  readonly #optimizing = new Map<Ipv6Address, (optimized: boolean) => void>();

  constructor(options: MemberServerOptions, application: ServerApplication) {
    this.#options = options;
    this.#application = application;
    this.#handoffs = new Handoffs({
      ...options,
      onClient: (socket, client, state) => {
        this.#count(socket, client);
        application.onReceive(socket, client, state);
      },
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
   * Hands a client off (paper §5, `client_handoff`), when everything that this member wants to send has been written to the
   * socket, which from then on is the library's.
   *
   * Resolves with undefined when the acceptor serves the client; with a socket when the handoff has failed: the application
   * serves on there, `applicationState` being where it stood. Rejects with ProtocolError when the client is lost.
   *
   * A client's first route optimisation is waited for; without it, or while the client has other connections here, which its
   * one binding would tear off, there is no handoff.
   */
  async clientHandoff(
    socket: net.Socket,
    acceptor: Ipv6Address,
    applicationState: Uint8Array,
    options: HandoffOptions,
  ): Promise<net.Socket | undefined> {
    const client = ipv6(socket.remoteAddress ?? '::');
    stopReading(socket);
    const bound = (await this.#routes.get(client)) ?? true;
    const alone = this.#connections.get(client) === 1;
    if (bound && alone && !socket.destroyed) {
      const back = await this.#handoffs.donate({ socket, client, acceptor, applicationState, ...options });
      if (back !== undefined && back !== socket) this.#count(back, client);
      return back;
    }
    const reason = bound ? 'other connections of the client' : 'no route optimisation with the client';
    this.#options.log.write('handoff-not-started', { client, reason });
    if (!socket.destroyed) startReading(socket);
    return socket;
  }

  /** Route optimisation with a client that has no TCP connection: true when it has acknowledged the binding. */
  optimizeRoute(client: Ipv6Address): Promise<boolean> {
    return new Promise((resolve) => {
      this.#optimizing.set(client, resolve);
      this.#options.mobility.optimizeRoute(client);
    });
  }

  /**
   * Closes a client's connection (paper §5, `client_close`) and then deletes its binding: resolves when the client has
   * acknowledged the deletion, or has given no answer.
   */
  clientClose(socket: net.Socket): Promise<void> {
    const client = ipv6(socket.remoteAddress ?? '::');
    return new Promise((resolve) => {
      if (socket.destroyed) return resolve();
      socket.once('close', () => {
        if (this.#options.mobility.lastSequence(client) === undefined) return resolve();
        this.#closing.set(client, resolve);
        this.#options.mobility.unbind(client);
      });
      socket.resume();
      socket.end();
    });
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
        if (!event.retrying) this.#optimized(event.correspondent, false);
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
    this.#routes.set(client, this.optimizeRoute(client));
    this.#application.onConnection(socket, client);
  }

  #count(socket: net.Socket, client: Ipv6Address): void {
    this.#connections.set(client, (this.#connections.get(client) ?? 0) + 1);
    socket.once('close', () => {
      const left = (this.#connections.get(client) ?? 1) - 1;
      if (left > 0) this.#connections.set(client, left);
      else this.#connections.delete(client);
      if (left === 0) this.#routes.delete(client);
    });
  }

  #optimized(client: Ipv6Address, optimized: boolean): void {
    this.#optimizing.get(client)?.(optimized);
    this.#optimizing.delete(client);
  }

  #closed(client: Ipv6Address): void {
    const resolve = this.#closing.get(client);
    if (resolve === undefined) return;
    this.#closing.delete(client);
    // Nothing of a client that has gone stays, tokens included.
    this.#options.mobility.forget(client);
    resolve();
  }
}
