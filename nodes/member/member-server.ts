import net from 'node:net';
import { LastOctets } from '../../linux/tcp/last-octets.ts';
import { NewConnections } from '../../linux/tcp/new-connections.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../server/channel-frames.ts';
import { handoffVariant } from '../../server/variants.ts';
import type { ServerApplication } from '../applications/server-application.ts';
import type { PeerChange } from './channel.ts';
import { Departures } from './departures.ts';
import type { HandoffContext } from './handoff-context.ts';
import { Handoffs } from './handoffs.ts';
import type { Mobility } from './mobility.ts';
import type { PlainClientService } from './plain/plain-clients.ts';
import type { ClientListener, HandoffOptions, ServerLibrary, StateListener } from './server-library.ts';

const DEFAULT_VARIANT = handoffVariant('drain+advance-rr');

export interface MemberServerOptions extends Omit<HandoffContext, 'onClient' | 'holdNewConnections'> {
  readonly mobility: Mobility;
  /** clients without Mobile IPv6 */
  readonly plain: PlainClientService;
  readonly servicePort: number;
  /** SO_SNDBUF of clients' sockets, in octets as setsockopt takes them */
  readonly sendBuffer: number;
}

/** The ad hoc distributed server as one member runs it: the paper's §5 library for applications. */
export class MemberServer implements ServerLibrary {
  readonly #options: MemberServerOptions;
  readonly #application: ServerApplication;
  readonly #handoffs: Handoffs;
  readonly #departures: Departures;
  readonly #listener: net.Server;
  /** of sockets that are being closed */
  readonly #lastOctets = new WeakMap<net.Socket, LastOctets>();
  /** clients whose binding is being deleted, and who wants to know */
  readonly #leaving = new Map<Ipv6Address, () => void>();
  /** first route optimisations, under way or ended */
  readonly #routes = new Map<Ipv6Address, Promise<boolean>>();
  /** live connections by client */
  readonly #connections = new Map<Ipv6Address, Set<net.Socket>>();
  readonly #optimizing = new Map<Ipv6Address, (optimized: boolean) => void>();
  #receiver: ClientListener | undefined;
  #stateOf: StateListener | undefined;

  constructor(options: MemberServerOptions, application: ServerApplication) {
    this.#options = options;
    this.#application = application;
    const held = new NewConnections(() => descriptorOf(this.#listener));
    this.#handoffs = new Handoffs({
      ...options,
      holdNewConnections: (client) => held.hold(client),
      mobility: options.plain.bindings,
      onClient: (socket, client, state) => this.#receive(socket, client, state),
    });
    this.#departures = this.#createDepartures();
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

  /** See `ServerLibrary`. A client's first route optimisation is waited for; without it there is no handoff. */
  clientHandoff(
    socket: net.Socket,
    acceptor: Ipv6Address,
    applicationState: Uint8Array,
    { variant = DEFAULT_VARIANT, waitMs = 0 }: HandoffOptions = {},
  ): Promise<net.Socket | undefined> {
    const client = ipv6(socket.remoteAddress ?? '::');
    const to = { acceptor, variant, waitMs };
    return this.#departures.depart(client, { socket, applicationState }, to);
  }

  clientState(listener: StateListener): void {
    this.#stateOf = listener;
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

  onFrame(peer: Ipv6Address, frame: HandoffFrame): void {
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
    if (!this.#options.plain.admits(socket, client)) return;
    this.#options.log.write('client-connected', { client, port: socket.remotePort ?? 0 });
    // Route optimisation runs beside the application's own exchange (paper §6.1).
    this.#count(socket, client);
    // One that has come again is bound again; nobody waits for the deletion any more.
    this.#leaving.get(client)?.();
    this.#leaving.delete(client);
    this.#routes.set(client, this.#route(client));
    this.#application.onConnection(socket, client);
  }

  /** Whether the client's route is optimised; one that has other connections here is bound already, or is about to be. */
  #route(client: Ipv6Address): Promise<boolean> {
    if (this.#options.plain.isPlain(client)) return Promise.resolve(false);
    const others = (this.#connections.get(client)?.size ?? 0) > 1;
    if (!others) return this.optimizeRoute(client);
    const before = this.#routes.get(client) ?? Promise.resolve(true);
    return before.then((optimized) => optimized || this.optimizeRoute(client));
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
    this.#options.plain.opened(socket, client);
    const live = this.#connections.get(client) ?? new Set();
    this.#connections.set(client, live.add(socket));
    socket.once('close', () => {
      live.delete(socket);
      if (live.size === 0) {
        this.#connections.delete(client);
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

  #createDepartures(): Departures {
    const { log, doneTimeoutMs, plain } = this.#options;
    const connectionsOf = (client: Ipv6Address): readonly net.Socket[] => [
      ...(this.#connections.get(client) ?? []),
    ];
    return new Departures({
      log,
      doneTimeoutMs,
      connectionsOf,
      isClosing: (socket) => this.#lastOctets.has(socket) || socket.writableEnded,
      hindrance: async (client) => {
        const routed = (await this.#routes.get(client)) ?? true;
        return routed || plain.isPlain(client) ? undefined : 'no route optimisation with the client';
      },
      prepare: (client, acceptor) => this.#handoffs.prepare(client, acceptor),
      withdraw: (client) => this.#handoffs.withdraw(client),
      donate: async (request) => {
        const outcomes = await this.#handoffs.donate(request);
        const known = connectionsOf(request.client);
        for (const back of outcomes) {
          if (back instanceof net.Socket && !known.includes(back)) this.#count(back, request.client);
        }
        return outcomes;
      },
      stateOf: () => this.#stateOf,
      goOn: (socket, state, client) => this.#receiver?.(socket, state, client),
    });
  }
}
