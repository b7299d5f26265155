import { randomBytes } from 'node:crypto';
import type net from 'node:net';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { SignsOfLife } from '../../server/attention.ts';
import type { AnyChannelFrame } from '../../server/channel/channel-frames.ts';
import type { FrameKind } from '../../server/channel/frame-table.ts';
import { isGreetingFrame } from '../../server/channel/greeting-frames.ts';
import { ChannelPeers } from '../../server/channel/peers.ts';
import type { Capability } from '../../server/channel/versions.ts';
import { isMembershipFrame } from '../../server/membership/membership-frames.ts';
import { ChannelCalls } from './channel-calls.ts';
import { Conversation } from './channel-conversation.ts';
import type { ChannelLink } from './channel-link.ts';
import { type ChannelNetwork, kernelNetwork } from './channel-network.ts';
import type { ChannelOptions } from './channel-options.ts';
import type { Keying, SecuringOutcome } from './channel-security.ts';

export type { PeerChange } from '../../server/channel/peer-change.ts';

/**
 * The member-to-member channel: one standing connection per pair of members, so that a frame never waits for a handshake.
 * Of a pair, the member with the smaller address connects; when a connection is lost, both look whether the other process
 * still lives.
 *
 * Where members join (`joining`), who shows that it holds the group key is a peer, configured or not. A newcomer calls the members
 * that it knows itself, since they cannot know when to; one that has to call by the rule above hangs up and calls.
 */
export class MemberChannel {
  readonly #options: ChannelOptions;
  readonly #server: { close(): void };
  readonly #peers: ChannelPeers<Conversation>;
  /** The last key that these were called with was refused, and there is another. */
  readonly #urgent = new Set<Ipv6Address>();
  readonly #outgoing: ChannelCalls;
  readonly #network: ChannelNetwork;
  readonly #incarnation = randomBytes(4).readUInt32BE();
  #refused = 0;
  #strangers = 0;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#peers = new ChannelPeers({
      self: options.careOfAddress,
      peers: options.peers,
      introducers: options.joining?.introducers ?? [],
      limit: options.joining?.limit ?? Number.POSITIVE_INFINITY,
    });
    const network = options.network ?? kernelNetwork(options);
    this.#network = network;
    this.#outgoing = new ChannelCalls({
      network,
      timeoutMs: options.timeoutMs,
      isUrgent: (peer) => this.#urgent.has(peer),
      isWanted: (peer) => this.#peers.isMissed(peer),
      onConnected: (peer, socket) => this.#onAnswered(peer, socket),
      onNobody: (peer) => this.#absent(peer),
    });
    this.#server = network.listen((socket) => this.#answer(socket));
    for (const peer of this.#peers.all) if (this.#peers.calls(peer)) this.#outgoing.call(peer);
  }

  /** All channels to the configured peers, and to those that were added, stand. */
  get complete(): boolean {
    return this.#peers.complete;
  }

  /** Peers that the channel stands to. */
  get standing(): readonly Ipv6Address[] {
    return this.#peers.standing.map(([peer]) => peer);
  }

  /** All peers, each with what the channel to it is keyed with; undefined: it does not stand. */
  get keyings(): readonly (readonly [Ipv6Address, Keying | undefined])[] {
    return this.#peers.all.map((peer) => [peer, this.#peers.connectionOf(peer)?.keying] as const);
  }

  /** Peers of which a process may be there, in reach or not, but for those that are known to be of a release without frames of this kind. */
  living(kind: FrameKind): readonly Ipv6Address[] {
    return this.#peers.living.filter((peer) => this.#linkTo(peer)?.takes(kind) !== false);
  }

  /** Whether the channel to this peer stands. */
  stands(peer: Ipv6Address): boolean {
    return this.#linkTo(peer) !== undefined;
  }

  /** One more peer, which is called, unless there are as many as there may be; nothing for one that is known. */
  add(peer: Ipv6Address): 'added' | 'known' | 'full' {
    const outcome = this.#closed ? 'known' : this.#peers.add(peer);
    if (outcome === 'added') this.#outgoing.call(peer);
    return outcome;
  }

  /** The peer has left: its connection is closed, and nobody calls it any more. */
  remove(peer: Ipv6Address): void {
    const standing = this.#peers.remove(peer);
    this.#urgent.delete(peer);
    this.#outgoing.cancel(peer);
    standing?.link.socket.destroy();
  }

  /** Connections turned away since the start: who could not prove to be of the group, and who came from no peer's address. */
  get counters(): { readonly channelRefused: number; readonly channelStrangers: number } {
    return { channelRefused: this.#refused, channelStrangers: this.#strangers };
  }

  /**
   * Sends in one write; false when the channel to that peer does not stand, or the peer cannot take such a frame. One that no reader
   * would take is a fault of this member's: it is told and not sent, and the channel stays, which is other clients' too.
   */
  send(peer: Ipv6Address, frame: AnyChannelFrame): boolean {
    if (!this.takes(peer, frame.kind)) return false;
    try {
      this.#linkTo(peer)?.send(frame);
      return true;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.onFault(peer, `${frame.kind} is not sent: ${error.message}`);
      return false;
    }
  }

  /** What tells whether the process at this peer is there; undefined: the channel to it does not stand. */
  signsOf(peer: Ipv6Address): SignsOfLife | undefined {
    const link = (): ChannelLink | undefined => this.#linkTo(peer);
    if (link() === undefined) return undefined;
    return {
      heardAt: () => link()?.heardAt ?? Number.NEGATIVE_INFINITY,
      progressAt: () => link()?.progressAt ?? Number.NEGATIVE_INFINITY,
      path: link()?.path,
    };
  }

  /** Whether the channel to that peer stands, is keyed for such frames, and the peer has announced that it knows them. */
  takes(peer: Ipv6Address, kind: FrameKind): boolean {
    return this.#linkTo(peer)?.takes(kind) === true;
  }

  /** Whether the channel to that peer stands, and both ends can. */
  can(peer: Ipv6Address, capability: Capability): boolean {
    return this.#linkTo(peer)?.can(capability) === true;
  }

  /** This member's keys are others now: connections under one that it holds no more are closed, and made again. */
  rekeyed(): void {
    for (const [address, { link, keying }] of this.#peers.standing) {
      if (keying.isValid()) continue;
      this.#options.onKeyRemoved?.(address);
      link.socket.destroy();
    }
  }

  close(): void {
    this.#closed = true;
    this.#outgoing.close();
    for (const [, { link }] of this.#peers.standing) link.socket.destroy();
    this.#server.close();
  }

  #linkTo(peer: Ipv6Address): ChannelLink | undefined {
    return this.#peers.connectionOf(peer)?.link;
  }

  #onAnswered(address: Ipv6Address, socket: net.Socket): void {
    if (!this.#peers.calls(address)) socket.destroy();
    else this.#secure('connecting', socket, address);
  }

  #answer(socket: net.Socket): void {
    const remote = ipv6(socket.remoteAddress ?? '::');
    // A peer's name counts only when its connection comes from that address, and the address is a configured one.
    socket.on('error', () => undefined);
    const { joining } = this.#options;
    const isKnown = this.#peers.has(remote);
    if (!isKnown && joining === undefined) {
      this.#strangers++;
      socket.destroy();
    } else if (isKnown && this.#peers.connects(remote)) {
      socket.destroy();
      this.#linkTo(remote)?.doubt();
      if (joining !== undefined && !this.stands(remote)) this.#outgoing.hasten(remote);
    } else this.#secure('answering', socket, remote);
  }

  #secure(role: 'connecting' | 'answering', socket: net.Socket, address: Ipv6Address): void {
    const { security } = this.#options;
    security[role](socket, address, this.#outcome(role, address, socket));
  }

  /** A peer that connects itself hangs up when it is called: that is no refusal. */
  #outcome(role: 'connecting' | 'answering', address: Ipv6Address, raw: net.Socket): SecuringOutcome {
    return {
      onSecure: (secured, keying) => this.#converse(secured, raw, keying, address),
      onRefused: (reason, another) => {
        const hungUp = role === 'connecting' && !this.#peers.connects(address);
        if (role === 'connecting') this.#isUrgent(address, another && !hungUp);
        if (this.#closed || hungUp || another) return;
        this.#refuse(address, reason);
      },
    };
  }

  #converse(socket: net.Socket, raw: net.Socket, keying: Keying, address: Ipv6Address): void {
    if (this.#closed || !keying.isValid()) {
      socket.destroy();
      return;
    }
    new Conversation(address, socket, keying, {
      ...this.#options,
      incarnation: this.#incarnation,
      path: () => this.#network.path?.(raw),
      onOpened: (opened) => this.#up(address, opened),
      onFrame: (of, frame) => this.#onFrame(address, of, frame),
      onClose: (of) => this.#onClose(address, of),
    });
  }

  #onFrame(address: Ipv6Address, { link }: Conversation, frame: AnyChannelFrame): void {
    if (this.#linkTo(address) !== link) return;
    // Of the channel itself, and seen to.
    if (isGreetingFrame(frame) || frame.kind === 'not-understood') return;
    if (isMembershipFrame(frame)) this.#options.joining?.onFrame(address, frame);
    else this.#options.onFrame(address, frame);
  }

  #up(address: Ipv6Address, conversation: Conversation): void {
    const { link, incarnation, keying } = conversation;
    // Its key may have been removed since the handshake.
    const standing = keying.isValid() ? this.#peers.stands(address, conversation, incarnation) : undefined;
    if (standing === undefined || standing === 'full') {
      link.socket.destroy();
      if (standing === 'full')
        this.#refuse(address, `there are ${this.#peers.size} members, and no more may be`);
      return;
    }
    standing.replaced?.link.socket.destroy();
    for (const change of standing.changes) this.#options.onPeer(address, change);
  }

  #onClose(address: Ipv6Address, conversation: Conversation): void {
    if (this.#closed || !this.#peers.lost(address, conversation)) return;
    this.#options.onPeer(address, 'lost');
    this.#outgoing.call(address);
  }

  #absent(address: Ipv6Address): void {
    if (this.#peers.absent(address)) this.#options.onPeer(address, 'gone');
  }

  #refuse(address: Ipv6Address, reason: string): void {
    this.#refused++;
    this.#options.onRefused(address, reason);
  }

  #isUrgent(peer: Ipv6Address, isUrgent: boolean): void {
    if (isUrgent && this.#peers.has(peer)) this.#urgent.add(peer);
    else this.#urgent.delete(peer);
  }
}
