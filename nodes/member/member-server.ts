import net from 'node:net';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node-types.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { ChannelFrame } from '../../server/channel-frames.ts';
import type { HandoffVariant } from '../../server/variants.ts';
import type { EventLog } from '../support/event-log.ts';
import { descriptorOf } from '../support/socket-descriptor.ts';
import type { MemberChannel } from './channel.ts';
import { AcceptorHandoff, DonorHandoff, type HandoffContext } from './handoffs.ts';
import type { Mobility } from './mobility.ts';

/** What a server application is told. */
export interface ServerApplication {
  /** A client has connected to this member. */
  onConnection(socket: net.Socket, client: Ipv6Address): void;
  /** A client has been handed off to this member: go on from `applicationState` (paper §5, `client_receive`). */
  onReceive(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void;
}

export interface HandoffOptions {
  readonly variant: HandoffVariant;
  readonly waitMs: number;
}

export interface MemberServerOptions {
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly doneTimeoutMs: number;
  /** SO_SNDBUF of clients' sockets, in octets as setsockopt takes them */
  readonly sendBuffer: number;
  readonly mobility: Mobility;
  readonly channel: MemberChannel;
  readonly log: EventLog;
  whenDrained(socket: net.Socket, signal: AbortSignal): Promise<void>;
}

/** The ad hoc distributed server as one member runs it: the paper's §5 library for applications. */
export class MemberServer {
  readonly #options: MemberServerOptions;
  readonly #application: ServerApplication;
  readonly #context: HandoffContext;
  readonly #listener: net.Server;
  readonly #donors = new Map<number, DonorHandoff>();
  readonly #acceptors = new Map<string, AcceptorHandoff>();
  readonly #byClient = new Map<Ipv6Address, AcceptorHandoff>();
  readonly #closing = new Map<Ipv6Address, () => void>();
  #nextHandoff = 1;

  constructor(options: MemberServerOptions, application: ServerApplication) {
    this.#options = options;
    this.#application = application;
    const { contactAddress, doneTimeoutMs, sendBuffer, mobility, log, channel, whenDrained } = options;
    this.#context = {
      contactAddress,
      doneTimeoutMs,
      sendBuffer,
      mobility,
      log,
      whenDrained,
      send: (peer, frame) => channel.send(peer, frame),
      onClient: (socket, client, state) => application.onReceive(socket, client, state),
    };
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
   * Hands a client off (paper §5, `client_handoff`): to be called when everything this member wants to send is written to
   * the socket. Resolves when the acceptor serves the client, the socket is then gone; rejects when the handoff has
   * failed, the socket then lives on here and the application serves on.
   */
  clientHandoff(
    socket: net.Socket,
    acceptor: Ipv6Address,
    applicationState: Uint8Array,
    options: HandoffOptions,
  ): Promise<void> {
    const handoff = this.#nextHandoff++;
    const client = ipv6(socket.remoteAddress ?? '::');
    const donor = new DonorHandoff(
      handoff,
      { socket, client, acceptor, applicationState, ...options },
      this.#context,
    );
    this.#donors.set(handoff, donor);
    return donor.finished.finally(() => this.#donors.delete(handoff));
  }

  /**
   * Closes a client's connection (paper §5, `client_close`) and then deletes its binding: resolves when the client has
   * acknowledged the deletion, or has given no answer.
   */
  clientClose(socket: net.Socket): Promise<void> {
    const client = ipv6(socket.remoteAddress ?? '::');
    return new Promise((resolve) => {
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
    switch (frame.kind) {
      case 'prepare':
      case 'init':
        this.#receive(peer, frame);
        return;
      case 'done':
      case 'refuse':
        this.#donors.get(frame.handoff)?.handle({ kind: 'frame', frame });
        return;
      case 'hello':
        return;
      default:
        frame satisfies never;
    }
  }

  onPeerLost(peer: Ipv6Address): void {
    for (const donor of this.#donors.values())
      if (donor.acceptor === peer) donor.handle({ kind: 'channel-lost' });
    for (const acceptor of this.#acceptors.values())
      if (acceptor.donor === peer) acceptor.handle({ kind: 'channel-lost' });
  }

  /** Events of the mobile-node role that concern handoffs and closing clients. */
  onMobilityEvent(event: MobileNodeEvent): void {
    if (!('correspondent' in event)) return;
    const handoff = this.#byClient.get(event.correspondent);
    switch (event.kind) {
      case 'return-routability-complete':
        handoff?.handle({ kind: 'return-routability-complete' });
        return;
      case 'binding-acknowledged':
        handoff?.handle({ kind: 'binding-acknowledged', sequence: event.sequence });
        return;
      case 'binding-rejected':
        if (!event.retrying)
          handoff?.handle({
            kind: 'failed',
            reason: `the client rejects the binding: status ${event.status}`,
          });
        return;
      case 'gave-up':
        handoff?.handle({ kind: 'failed', reason: `the client does not answer: ${event.step}` });
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
    this.#options.mobility.optimizeRoute(client);
    this.#application.onConnection(socket, client);
  }

  #receive(peer: Ipv6Address, frame: Extract<ChannelFrame, { kind: 'prepare' | 'init' }>): void {
    const key = `${peer} ${frame.handoff}`;
    this.#options.log.write(`${frame.kind}-received`, { client: frame.client, donor: peer });
    const known = this.#acceptors.get(key);
    if (known !== undefined) {
      known.handle({ kind: 'frame', frame });
      return;
    }
    const acceptor = new AcceptorHandoff(frame.client, peer, this.#context, () => {
      this.#acceptors.delete(key);
      if (this.#byClient.get(frame.client) === acceptor) this.#byClient.delete(frame.client);
    });
    this.#acceptors.set(key, acceptor);
    this.#byClient.set(frame.client, acceptor);
    acceptor.start(frame);
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
