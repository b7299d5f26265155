import type net from 'node:net';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../../server/channel/channel-frames.ts';
import type { ConnectionPorts } from '../../../server/plain/forwarding-frames.ts';
import type { Flow } from '../../../server/plain/plain-clients.ts';
import { asMember } from '../application-guard.ts';
import type { PeerChange } from '../channel.ts';
import { EndedConnections } from './ended-connections.ts';
import { ForwardedBindings } from './forwarded-bindings.ts';
import { OpenConnections } from './open-connections.ts';
import type { PlainClientServiceOptions } from './plain-options.ts';

interface ServedClientsOptions
  extends Pick<
    PlainClientServiceOptions,
    | 'careOfAddress'
    | 'contactAddress'
    | 'servicePort'
    | 'forwarder'
    | 'contactNode'
    | 'inOffice'
    | 'send'
    | 'delivers'
    | 'onAnswer'
  > {
  /** A connection of a client of any kind goes on here no more. */
  onOver(flow: Flow): void;
}

/** The clients without Mobile IPv6 that this member serves, and what the contact node is told of their connections here. */
export class ServedClients {
  /** of clients of every kind */
  readonly connections = new OpenConnections();
  readonly bindings: ForwardedBindings;
  readonly #options: ServedClientsOptions;
  readonly #ended: EndedConnections;
  /** while they have connections here: what is known of their kind may expire meanwhile */
  readonly #plain = new Set<Ipv6Address>();

  constructor(options: ServedClientsOptions) {
    this.#options = options;
    this.#ended = new EndedConnections(options);
    this.bindings = new ForwardedBindings({
      ...options,
      expectedOf: (client, sequence) => this.connections.expectedOf(client, sequence),
      openOf: (client) => this.connections.hereOf(client),
      onForget: (client) => this.#forgotten(client),
    });
  }

  has(client: Ipv6Address): boolean {
    return this.#plain.has(client);
  }

  add(client: Ipv6Address): void {
    this.#plain.add(client);
  }

  /** Connections here of all of them. */
  get flows(): readonly Flow[] {
    return [...this.#plain].flatMap((client) => this.flowsOf(client));
  }

  /** Those of one client, of whatever kind. */
  flowsOf(client: Ipv6Address): readonly Flow[] {
    return this.connections.hereOf(client).map((ports) => ({ client, ...ports }));
  }

  /** This connection of a client, of whatever kind, is here. */
  holds({ client, clientPort }: Flow): boolean {
    return this.connections.hereOf(client).some((ports) => ports.clientPort === clientPort);
  }

  portsOf(socket: net.Socket): ConnectionPorts {
    return { clientPort: socket.remotePort ?? 0, servicePort: this.#options.servicePort };
  }

  /** A connection of a client, of whatever kind, is served here from now on. */
  opened(socket: net.Socket, client: Ipv6Address): void {
    const { careOfAddress, contactNode, delivers, forwarder } = this.#options;
    const ports = this.portsOf(socket);
    const expected = this.connections.opened(client, socket, ports);
    const closed = asMember(() => this.#closed(socket, client, ports));
    socket.once('close', () => {
      if (delivers?.(socket) !== true) closed();
      else {
        this.connections.delivering(socket);
        socket.once('client-left', closed);
      }
    });
    if (expected || !this.has(client)) return;
    // On ports that the contact node may believe to have ended: a new connection there, or a new socket of an old one.
    if (contactNode() === careOfAddress) forwarder.clients.place({ client, ...ports });
    else this.bindings.announce([client]);
  }

  /** A handoff that brings connections of a client without Mobile IPv6 is announced (Prepare), or begins (Init). */
  coming(donor: Ipv6Address, frame: Extract<HandoffFrame, { kind: 'prepare' | 'init' }>): void {
    const { client, forwarded = [], handoff } = frame;
    this.add(client);
    const sequence = frame.kind === 'init' ? frame.sequence : undefined;
    this.connections.expect({ client, donor, handoff }, sequence, forwarded);
    this.bindings.ask(client, { kind: 'start-return-routability' });
  }

  /** A handoff to this member has brought what it brings, or has come to nothing. */
  over(donor: Ipv6Address, handoff: number): void {
    const coming = this.connections.over(donor, handoff);
    if (coming === undefined) return;
    const { client, connections } = coming;
    if (connections.length > 0) this.#ended.tell(client, connections);
    this.bindings.over(client);
    this.#settle(client);
  }

  /** The connection is not here any more, if it ever was one for the application. */
  gone({ client, ...ports }: Flow): void {
    this.#ended.tell(client, [ports]);
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    if (change === 'gone' || change === 'lost')
      for (const client of this.connections.withdrawn({ donor: peer })) this.#settle(client);
    else if (peer === this.#options.contactNode()) this.#endAgain();
  }

  /** Another member is the contact node, or this one. */
  onContactNode(): void {
    const { careOfAddress, contactNode } = this.#options;
    this.bindings.askAnother();
    if (contactNode() !== careOfAddress) this.bindings.announce(this.#plain);
    this.#endAgain();
  }

  #closed(socket: net.Socket, client: Ipv6Address, ports: ConnectionPorts): void {
    const over = this.connections.closed(client, socket, ports);
    if (over) this.#options.onOver({ client, ...ports });
    if (!this.has(client)) return;
    if (over) this.#ended.tell(client, [ports], this.bindings.lastSequence(client));
    this.#settle(client);
  }

  /** Nothing is known of the client's bindings any more. */
  #forgotten(client: Ipv6Address): void {
    this.connections.withdrawn({ client });
    this.#settle(client);
  }

  #settle(client: Ipv6Address): void {
    if (this.connections.none(client) && this.#plain.delete(client)) this.bindings.forget(client);
  }

  /** Tells the contact node of ends that it may not have heard of. */
  #endAgain(): void {
    this.#ended.tellAgain(({ client, clientPort }) =>
      [...this.connections.openOf(client), ...this.connections.expectedOf(client)].some(
        (ports) => ports.clientPort === clientPort,
      ),
    );
  }
}
