import type net from 'node:net';
import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { AnswerOfClient } from '../../../server/bindings/client-bindings.ts';
import type { HandoffFrame } from '../../../server/channel/channel-frames.ts';
import type { ContactEntry } from '../../../server/contact/group-frames.ts';
import {
  BegunConnections,
  type BegunInput,
  type BegunOutput,
} from '../../../server/plain/begun-connections.ts';
import { ClientKinds, type ClientKindsPlan, type PlainReason } from '../../../server/plain/client-kinds.ts';
import type { ConnectionPorts, ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import type { Flow } from '../../../server/plain/plain-clients.ts';
import type { EventFields, EventWriter } from '../../support/event-log.ts';
import { monotonicMs, RoleDriver } from '../../support/role-driver.ts';
import { asMember } from '../application-guard.ts';
import type { PeerChange } from '../channel.ts';
import type { ClientBindings } from '../mobility.ts';
import { bindingsBy } from './client-bindings.ts';
import { EndedConnections } from './ended-connections.ts';
import { ForwardedBindings } from './forwarded-bindings.ts';
import type { Forwarder } from './forwarder.ts';
import { OpenConnections } from './open-connections.ts';

export interface PlainClientServiceOptions {
  readonly careOfAddress: Ipv6Address;
  readonly contactAddress: Ipv6Address;
  readonly servicePort: number;
  readonly kinds: ClientKindsPlan;
  /** bindings of all other clients */
  readonly mobility: ClientBindings;
  readonly forwarder: Forwarder;
  readonly log: EventWriter;
  /** undefined while none is known */
  contactNode(): Ipv6Address | undefined;
  /** This member is the contact node, by its home agent's word. */
  inOffice(): boolean;
  send(peer: Ipv6Address, frame: ForwardingFrame): boolean;
  /** Connections that this member has by its kernel, in whatever state. */
  live(): readonly Flow[];
  /**
   * A socket that has closed is in the kernel's hands, which has octets of it for the client: 'client-left' on it tells when the client has
   * them. Default: none is.
   */
  delivers?(socket: net.Socket): boolean;
  /** The client has acknowledged a binding to this member: its packets come here without the contact node. */
  isBound(client: Ipv6Address): boolean;
  /** Answers to what `bindings` was asked for clients without Mobile IPv6. */
  onAnswer(answer: AnswerOfClient): void;
}

/**
 * A member's service for clients without Mobile IPv6 (paper §7.2): the contact node finds out who they are by what they do, and
 * limits their number; wherever their connections are, they are reached by way of the contact node.
 */
export class PlainClientService {
  readonly #options: PlainClientServiceOptions;
  readonly #kinds: ClientKinds;
  readonly #forwarded: ForwardedBindings;
  /** of clients of every kind */
  readonly #connections = new OpenConnections();
  readonly #ended: EndedConnections;
  readonly #begun: BegunConnections;
  readonly #begunDriver: RoleDriver<BegunInput, BegunOutput>;
  /** while they have connections here: what is known of their kind may expire meanwhile */
  readonly #plain = new Set<Ipv6Address>();
  /** until another member was heard to be */
  #wasContact = false;
  #leaving = false;

  constructor(options: PlainClientServiceOptions) {
    this.#options = options;
    this.#kinds = new ClientKinds(options.kinds);
    this.#ended = new EndedConnections(options);
    this.#begun = new BegunConnections(options);
    this.#begunDriver = new RoleDriver(this.#begun, (output) => {
      if (output.kind === 'send') options.send(output.to, output.frame);
      else {
        const { client, ...ports } = output.flow;
        this.#ended.tell(client, [ports]);
      }
    });
    this.#forwarded = new ForwardedBindings({
      ...options,
      expectedOf: (client, sequence) => this.#connections.expectedOf(client, sequence),
      openOf: (client) => this.#connections.hereOf(client),
      onForget: (client) => this.#forgotten(client),
    });
  }

  /** Clients' bindings for handoffs: at the client itself, or at the contact node in its place. */
  readonly bindings: ClientBindings = bindingsBy((client) =>
    this.#plain.has(client) ? this.#forwarded : this.#options.mobility,
  );

  /** Whether this client's connections here reach it by way of the contact node, with no binding of its own. */
  isPlain(client: Ipv6Address): boolean {
    return this.#plain.has(client);
  }

  /** A client has connected; false: it has no place here, and its connection has been reset. */
  admits(socket: net.Socket, client: Ipv6Address): boolean {
    if (!this.holdsContact) {
      // One that has been sent a Binding Update may be bound at any moment.
      const unsent = this.#options.mobility.lastSequence(client) === undefined;
      const flow = { client, ...this.#portsOf(socket) };
      if (unsent && this.#begun.has(flow)) {
        this.#begunDriver.handle({ kind: 'established', flow });
        this.#plain.add(client);
      }
      return true;
    }
    const { forwarder, log } = this.#options;
    // A binding would lead the packets of connections that other members have here, past the rules for them.
    const known =
      this.#plain.has(client) ||
      this.#kinds.kindOf(client, monotonicMs()) === 'plain' ||
      forwarder.forwards(client);
    if (!known) return true;
    const admission = forwarder.clients.admit({ client, ...this.#portsOf(socket) });
    if (admission.kind === 'refused') {
      log.write('plain-client-refused', { client, reason: admission.reason });
      socket.destroy();
      return false;
    }
    this.#plain.add(client);
    return true;
  }

  /** This connection is here, for the application. */
  has({ client, clientPort }: Flow): boolean {
    return this.#connections.hereOf(client).some((ports) => ports.clientPort === clientPort);
  }

  /**
   * This contact node leaves: its successor is told which connections here it will have to send here. A client of which nothing is
   * known by then is taken for one without Mobile IPv6: it could not be handed off before it has answered.
   */
  leave(): void {
    this.#leaving = true;
    if (this.holdsContact) this.#options.forwarder.announce(this.#begun.needed);
  }

  /** A connection of a client is served here from now on. */
  opened(socket: net.Socket, client: Ipv6Address): void {
    const ports = this.#portsOf(socket);
    const expected = this.#connections.opened(client, socket, ports);
    const closed = asMember(() => this.#closed(socket, client, ports));
    socket.once('close', () => {
      if (this.#options.delivers?.(socket) !== true) closed();
      else {
        this.#connections.delivering(socket);
        socket.once('client-left', closed);
      }
    });
    if (expected || !this.#plain.has(client)) return;
    // On ports that the contact node may believe to have ended: a new connection there, or a new socket of an old one.
    if (this.holdsContact) this.#options.forwarder.clients.place({ client, ...ports });
    else this.#forwarded.announce([client]);
  }

  /** A frame of a handoff as it goes to `peer`: the acceptor is told that its client has no Mobile IPv6. */
  outgoing(peer: Ipv6Address, frame: HandoffFrame): HandoffFrame {
    if (frame.kind === 'done' || frame.kind === 'refuse') this.#over(peer, frame.handoff);
    if (frame.kind !== 'prepare' && frame.kind !== 'init') return frame;
    if (!this.#plain.has(frame.client)) return frame;
    return { ...frame, forwarded: frame.kind === 'init' ? this.#connections.openOf(frame.client) : [] };
  }

  /** To be told of a donor's frames before its handoff is. */
  incoming(donor: Ipv6Address, frame: HandoffFrame): void {
    if (frame.kind !== 'prepare' && frame.kind !== 'init') return;
    const { client, forwarded, handoff } = frame;
    if (forwarded === undefined || this.#isBoundHere(client)) return;
    // An earlier Prepare, when less was known of the client, may have it asked for tokens.
    if (!this.#plain.has(client)) this.#options.mobility.forget(client);
    this.#plain.add(client);
    const sequence = frame.kind === 'init' ? frame.sequence : undefined;
    this.#connections.expect({ client, donor, handoff }, sequence, forwarded);
    this.#forwarded.ask(client, { kind: 'start-return-routability' });
  }

  /** It has shown here that it has Mobile IPv6, and is being served: no donor's word ends that. */
  #isBoundHere(client: Ipv6Address): boolean {
    if (this.#plain.has(client) || this.#kinds.kindOf(client, monotonicMs()) !== 'mobile-ipv6') return false;
    return this.#connections.openOf(client).length > 0;
  }

  onFrame(peer: Ipv6Address, frame: ForwardingFrame): void {
    const { contactAddress, forwarder, send } = this.#options;
    if (frame.contactAddress !== contactAddress) return;
    if (frame.kind === 'forwarded') {
      if (peer === this.#options.contactNode()) this.#forwarded.answered(frame);
      return;
    }
    const { client, sequence } = frame;
    if (frame.what === 'ended') {
      for (const ports of frame.connections) forwarder.ended({ client, ...ports }, peer);
      return;
    }
    const outcome = this.holdsContact
      ? forwarder.answer(frame, peer)
      : ({ kind: 'refused', reason: 'not the contact node' } as const);
    const reason = outcome.kind === 'refused' ? outcome.reason : '';
    send(peer, { kind: 'forwarded', contactAddress, client, sequence, outcome: outcome.kind, reason });
  }

  onPeer(peer: Ipv6Address, change: PeerChange): void {
    this.#forwarded.onPeer(peer, change);
    if (peer === this.#options.contactNode() && (change === 'restored' || change === 'up'))
      this.#begunDriver.handle({ kind: 'ask-again' });
    if (change === 'gone') this.#options.forwarder.lost(peer);
    if (change === 'gone' || change === 'lost')
      for (const client of this.#connections.withdrawn({ donor: peer })) this.#settle(client);
    else if (peer === this.#options.contactNode()) this.#endAgain();
  }

  /** Events of the mobile-node role: how clients answer, if at all. */
  onMobilityEvent(event: MobileNodeEvent): void {
    switch (event.kind) {
      case 'home-registered':
        this.#forwarded.inOffice();
        return;
      case 'return-routability-complete':
        this.#kinds.answered(event.correspondent, monotonicMs());
        return;
      case 'binding-acknowledged':
        this.#kinds.answered(event.correspondent, monotonicMs());
        this.#begunDriver.handle({ kind: 'bound', client: event.correspondent });
        return;
      case 'mobility-unsupported':
        this.#refused(event.correspondent, 'parameter-problem');
        return;
      case 'gave-up':
        if (event.step !== 'binding-update') this.#refused(event.correspondent, 'no-answer');
        return;
      default:
        return;
    }
  }

  /** Another member is the contact node, or this one: `entries` are what its predecessor has told. */
  onContactNode(entries: readonly ContactEntry[]): void {
    const { forwarder } = this.#options;
    if (this.holdsContact)
      forwarder.adopt(
        entries,
        [...this.#plain].flatMap((client) => this.#flowsOf(client)),
      );
    else {
      forwarder.clear();
      if (this.#wasContact) this.#superseded();
      else this.#begunDriver.handle({ kind: 'ask-again' });
    }
    this.#wasContact = this.holdsContact;
    this.#forwarded.askAnother();
    if (!this.holdsContact) this.#forwarded.announce(this.#plain);
    this.#endAgain();
  }

  counters(): EventFields {
    return this.holdsContact ? this.#options.forwarder.counters() : {};
  }

  close(): void {
    this.#begunDriver.stop();
    this.#forwarded.close();
    this.#options.forwarder.close();
  }

  /** This member is the contact node. */
  get holdsContact(): boolean {
    return this.#options.contactNode() === this.#options.careOfAddress;
  }

  /** Another member is the contact node in this one's place. */
  #superseded(): void {
    this.#begunDriver.handle({
      kind: 'superseded',
      isTold: (flow) => this.#plain.has(flow.client) && this.has(flow),
    });
    if (!this.#leaving) return;
    for (const client of this.#connections.clients) {
      if (this.#plain.has(client) || this.#options.isBound(client)) continue;
      this.#strayed(client, 'not-found-out');
      if (this.#plain.has(client))
        this.#options.onAnswer({ kind: 'unanswered', client, reason: 'nothing is known of the client' });
    }
  }

  /** Clients of which nothing is known meet the contact node alone: the present one, or the one that was in office when they came. */
  #refused(client: Ipv6Address, reason: PlainReason): void {
    if (this.#plain.has(client)) return;
    if (!this.holdsContact) {
      this.#strayed(client, reason);
      return;
    }
    if (this.#kinds.refused(client, reason, monotonicMs()) !== 'plain') return;
    const { forwarder, log, mobility } = this.#options;
    const flows = this.#flowsOf(client);
    const placed = flows.every((flow) => forwarder.clients.place(flow));
    log.write('plain-client-found', { client, reason, connections: flows.length, placed });
    if (flows.length > 0) this.#plain.add(client);
    mobility.forget(client);
  }

  /** Its connections came here, and its packets come to another contact node now: that one must know where they go. */
  #strayed(client: Ipv6Address, reason: PlainReason | 'not-found-out'): void {
    const connections = this.#connections.openOf(client).length;
    const { log, mobility } = this.#options;
    if (connections === 0 || mobility.lastSequence(client) !== undefined) return;
    log.write('plain-client-found', { client, reason, connections, placed: false });
    this.#plain.add(client);
    this.#begunDriver.handle({ kind: 'found', client });
    mobility.forget(client);
    this.#forwarded.announce([client]);
  }

  #closed(socket: net.Socket, client: Ipv6Address, ports: ConnectionPorts): void {
    const over = this.#connections.closed(client, socket, ports);
    if (over) this.#begunDriver.handle({ kind: 'ended', flow: { client, ...ports } });
    if (!this.#plain.has(client)) return;
    if (over) this.#ended.tell(client, [ports], this.#forwarded.lastSequence(client));
    this.#settle(client);
  }

  /** A handoff to this member has brought what it brings, or has come to nothing. */
  #over(donor: Ipv6Address, handoff: number): void {
    const coming = this.#connections.over(donor, handoff);
    if (coming === undefined) return;
    const { client, connections } = coming;
    if (connections.length > 0) this.#ended.tell(client, connections);
    this.#forwarded.over(client);
    this.#settle(client);
  }

  /** Nothing is known of the client's bindings any more. */
  #forgotten(client: Ipv6Address): void {
    this.#connections.withdrawn({ client });
    this.#settle(client);
  }

  #settle(client: Ipv6Address): void {
    if (this.#connections.none(client) && this.#plain.delete(client)) this.#forwarded.forget(client);
  }

  /** Tells the contact node of ends that it may not have heard of. */
  #endAgain(): void {
    this.#ended.tellAgain(({ client, clientPort }) =>
      [...this.#connections.openOf(client), ...this.#connections.expectedOf(client)].some(
        (ports) => ports.clientPort === clientPort,
      ),
    );
  }

  #flowsOf(client: Ipv6Address): readonly Flow[] {
    return this.#connections.hereOf(client).map((ports) => ({ client, ...ports }));
  }

  #portsOf(socket: net.Socket): ConnectionPorts {
    return { clientPort: socket.remotePort ?? 0, servicePort: this.#options.servicePort };
  }
}
