import type net from 'node:net';
import type { MobileNodeEvent } from '../../../mip6/roles/mobile-node/mobile-node-types.ts';
import type { Ipv6Address } from '../../../mip6/wire/address.ts';
import type { HandoffFrame } from '../../../server/channel/channel-frames.ts';
import type { ContactEntry } from '../../../server/contact/group-frames.ts';
import type { ForwardingFrame } from '../../../server/plain/forwarding-frames.ts';
import type { Flow } from '../../../server/plain/plain-clients.ts';
import type { EventFields } from '../../support/event-log.ts';
import type { PeerChange } from '../channel.ts';
import type { ClientBindings } from '../mobility.ts';
import { bindingsBy } from './client-bindings.ts';
import { FoundClients } from './found-clients.ts';
import type { PlainClientServiceOptions } from './plain-options.ts';
import { ServedClients } from './served-clients.ts';

/**
 * A member's service for clients without Mobile IPv6 (paper §7.2): the contact node finds out who they are by what they do, and
 * limits their number; wherever their connections are, they are reached by way of the contact node.
 */
export class PlainClientService {
  /** Clients' bindings for handoffs: at the client itself, or at the contact node in its place. */
  readonly bindings: ClientBindings;
  readonly #options: PlainClientServiceOptions;
  readonly #served: ServedClients;
  readonly #found: FoundClients;
  /** until another member was heard to be */
  #wasContact = false;

  constructor(options: PlainClientServiceOptions) {
    const served = new ServedClients({ ...options, onOver: (flow) => this.#found.ended(flow) });
    this.#options = options;
    this.#served = served;
    this.#found = new FoundClients(options, served);
    this.bindings = bindingsBy((client) => (served.has(client) ? served.bindings : options.mobility));
  }

  /** Whether this client's connections here reach it by way of the contact node, with no binding of its own. */
  isPlain(client: Ipv6Address): boolean {
    return this.#served.has(client);
  }

  /** A client has connected; false: it has no place here, and its connection has been reset. */
  admits(socket: net.Socket, client: Ipv6Address): boolean {
    const admitted = this.#found.admits({ client, ...this.#served.portsOf(socket) });
    if (!admitted) socket.destroy();
    return admitted;
  }

  /** This connection is here, for the application. */
  has(flow: Flow): boolean {
    return this.#served.holds(flow);
  }

  /**
   * This contact node leaves: its successor is told which connections here it will have to send here. A client of which nothing is
   * known by then is taken for one without Mobile IPv6: it could not be handed off before it has answered.
   */
  leave(): void {
    this.#found.leave();
  }

  /** A connection of a client is served here from now on. */
  opened(socket: net.Socket, client: Ipv6Address): void {
    this.#served.opened(socket, client);
  }

  /** A frame of a handoff as it goes to `peer`: the acceptor is told that its client has no Mobile IPv6. */
  outgoing(peer: Ipv6Address, frame: HandoffFrame): HandoffFrame {
    if (frame.kind === 'done' || frame.kind === 'refuse') this.#served.over(peer, frame.handoff);
    if (frame.kind !== 'prepare' && frame.kind !== 'init') return frame;
    if (!this.isPlain(frame.client)) return frame;
    const { connections } = this.#served;
    return { ...frame, forwarded: frame.kind === 'init' ? connections.openOf(frame.client) : [] };
  }

  /** To be told of a donor's frames before its handoff is. */
  incoming(donor: Ipv6Address, frame: HandoffFrame): void {
    if (frame.kind !== 'prepare' && frame.kind !== 'init') return;
    if (frame.forwarded === undefined || this.#found.isBoundHere(frame.client)) return;
    // An earlier Prepare, when less was known of the client, may have it asked for tokens.
    if (!this.isPlain(frame.client)) this.#options.mobility.forget(frame.client);
    this.#served.coming(donor, frame);
  }

  onFrame(peer: Ipv6Address, frame: ForwardingFrame): void {
    const { contactAddress, forwarder, send } = this.#options;
    if (frame.contactAddress !== contactAddress) return;
    if (frame.kind === 'forwarded') {
      if (peer === this.#options.contactNode()) this.#served.bindings.answered(frame);
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
    this.#served.bindings.onPeer(peer, change);
    if (peer === this.#options.contactNode() && (change === 'restored' || change === 'up'))
      this.#found.askAgain();
    if (change === 'gone') this.#options.forwarder.lost(peer);
    this.#served.onPeer(peer, change);
  }

  /** Events of the mobile-node role: how clients answer, if at all. */
  onMobilityEvent(event: MobileNodeEvent): void {
    if (event.kind === 'home-registered') this.#served.bindings.inOffice();
    else this.#found.onMobilityEvent(event);
  }

  /** Another member is the contact node, or this one: `entries` are what its predecessor has told. */
  onContactNode(entries: readonly ContactEntry[]): void {
    const { forwarder } = this.#options;
    if (this.holdsContact) forwarder.adopt(entries, this.#served.flows);
    else {
      forwarder.clear();
      if (this.#wasContact) this.#found.superseded();
      else this.#found.askAgain();
    }
    this.#wasContact = this.holdsContact;
    this.#served.onContactNode();
  }

  counters(): EventFields {
    return this.holdsContact ? this.#options.forwarder.counters() : {};
  }

  close(): void {
    this.#found.close();
    this.#served.bindings.close();
    this.#options.forwarder.close();
  }

  /** This member is the contact node. */
  get holdsContact(): boolean {
    return this.#options.contactNode() === this.#options.careOfAddress;
  }
}
