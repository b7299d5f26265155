import type net from 'node:net';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { clientListener } from '../support/client-socket.ts';
import type { ClientConnections } from './client-connections.ts';
import type { FirstRoutes } from './first-routes.ts';
import type { HostedApplication } from './hosted-application.ts';
import { letResetOut } from './let-reset-out.ts';
import type { MemberServerOptions } from './member-server-options.ts';
import { NewClients } from './new-clients.ts';

interface ReceptionOptions
  extends Pick<
    MemberServerOptions,
    'contactAddress' | 'servicePort' | 'sendBuffer' | 'log' | 'mobility' | 'plain' | 'isElsewhere'
  > {
  readonly hosted: HostedApplication;
  readonly connections: ClientConnections;
  readonly routes: FirstRoutes;
  /** Before the application has its new connection. */
  onConnected(client: Ipv6Address): void;
}

/** Where connections come in: those that clients open, those that other members give, and those of members that have died. */
export class Reception {
  readonly newClients: NewClients;
  readonly #options: ReceptionOptions;
  readonly #listener: net.Server;

  constructor(options: ReceptionOptions) {
    const { mobility, plain } = options;
    this.#options = options;
    this.#listener = clientListener((socket) => this.#accept(socket), { letResetOut });
    this.newClients = new NewClients({
      descriptor: () => descriptorOf(this.#listener),
      isListening: () => this.#listener.listening,
      hasLeft: (client) => mobility.lastSequence(client) === undefined && !plain.holdsContact,
    });
  }

  /** Takes clients at the contact address. */
  listen(): void {
    const { contactAddress, servicePort, sendBuffer } = this.#options;
    this.#listener.listen({ host: contactAddress, port: servicePort, ipv6Only: true }, () =>
      // Connections inherit the listening socket's options.
      setSendBuffer(descriptorOf(this.#listener), sendBuffer),
    );
  }

  /** A connection from another member, which gave it. */
  received(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array): void {
    const { hosted } = this.#options;
    this.#goesOn(socket, client, hosted.receiving(socket, client, applicationState), () =>
      hosted.tell('received', client),
    );
  }

  /** A connection of a member that has died; `sent`: octets that this had sent, as far as is known. */
  survived(socket: net.Socket, client: Ipv6Address, applicationState: Uint8Array, sent: number): void {
    this.#goesOn(socket, client, this.#options.hosted.surviving(socket, client, applicationState, sent));
  }

  close(): void {
    this.newClients.stop();
    this.#listener.close();
  }

  #accept(socket: net.Socket): void {
    const { connections, hosted, isElsewhere, log, onConnected, plain, routes } = this.#options;
    const client = ipv6(socket.remoteAddress ?? '::');
    if (hosted.guard.stopped) {
      socket.destroy();
      return;
    }
    // A binding to this member would part it from its connections there; by the time it has tried again it has its binding again.
    if (isElsewhere(client)) {
      log.write('client-elsewhere', { client, port: socket.remotePort ?? 0 });
      socket.destroy();
      return;
    }
    if (!plain.admits(socket, client)) return;
    log.write('client-connected', { client, port: socket.remotePort ?? 0 });
    // Route optimisation runs beside the application's own exchange (paper §6.1).
    connections.add(socket, client);
    onConnected(client);
    if (plain.isPlain(client)) routes.impossible(client);
    else routes.connected(client, connections.of(client).length > 1);
    hosted.tell('connected', client);
    hosted.connected(socket, client);
  }

  /** A connection that began at another member; without an application for it, it ends. */
  #goesOn(
    socket: net.Socket,
    client: Ipv6Address,
    serve: (() => unknown) | undefined,
    tell = (): void => undefined,
  ): void {
    const { connections, hosted, log } = this.#options;
    connections.add(socket, client);
    tell();
    if (serve !== undefined && !hosted.guard.stopped) hosted.guard.serve(socket, client, serve);
    else {
      log.write('client-not-received', { client });
      socket.destroy();
    }
  }
}
