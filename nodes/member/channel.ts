import { randomBytes } from 'node:crypto';
import type net from 'node:net';
import { ProtocolError } from '../../mip6/roles/shared/protocol-error.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import type { SignsOfLife } from '../../server/attention.ts';
import type { AnyChannelFrame } from '../../server/channel/channel-frames.ts';
import { FRAME_PATIENCE } from '../../server/channel/frame-buffer.ts';
import type { FrameKind } from '../../server/channel/frame-table.ts';
import { Greeting } from '../../server/channel/greeting.ts';
import { isGreetingFrame } from '../../server/channel/greeting-frames.ts';
import { type Capability, ownAnnouncement } from '../../server/channel/versions.ts';
import { isMembershipFrame } from '../../server/membership/membership-frames.ts';
import { ChannelCalls } from './channel-calls.ts';
import { ChannelLink } from './channel-link.ts';
import { type ChannelNetwork, kernelNetwork } from './channel-network.ts';
import type { ChannelOptions } from './channel-options.ts';
import type { Keying, SecuringOutcome } from './channel-security.ts';

export type { PeerChange } from './channel-options.ts';

interface Peer {
  link?: ChannelLink;
  /** of the link */
  keying?: Keying;
  /** the last key that it was called with was refused, and there is another */
  urgent?: boolean;
  /** of the process last connected; undefined once it is known to be gone */
  incarnation?: number;
  /** does not know this member perhaps: is called even where it should call */
  readonly introduce?: boolean;
  /** may never come: nobody waits for it */
  optional?: boolean;
  /** its host has said that nobody is there, and no process has come since */
  absent?: boolean;
}

/** One connection to a peer, from the end of its handshake on. */
interface Conversation {
  readonly link: ChannelLink;
  readonly greeting: Greeting;
  readonly keying: Keying;
}

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
  readonly #peers: Map<Ipv6Address, Peer>;
  readonly #outgoing: ChannelCalls;
  readonly #network: ChannelNetwork;
  readonly #incarnation = randomBytes(4).readUInt32BE();
  #refused = 0;
  #strangers = 0;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    const introducers = options.joining?.introducers ?? [];
    this.#peers = new Map([
      ...options.peers.map((peer) => [peer, {}] as const),
      ...introducers.map((peer) => [peer, { introduce: true, optional: true }] as const),
    ]);
    const network = options.network ?? kernelNetwork(options);
    this.#network = network;
    this.#outgoing = new ChannelCalls({
      network,
      timeoutMs: options.timeoutMs,
      isUrgent: (peer) => this.#peers.get(peer)?.urgent === true,
      isWanted: (peer) => this.#isMissed(peer),
      onConnected: (peer, socket) => this.#onAnswered(peer, socket),
      onNobody: (peer) => this.#absent(peer),
    });
    this.#server = network.listen((socket) => this.#answer(socket));
    for (const peer of this.#peers.keys()) if (this.#calls(peer)) this.#outgoing.call(peer);
  }

  /** All channels to the configured peers, and to those that were added, stand. */
  get complete(): boolean {
    return [...this.#peers.values()].every(({ link, optional }) => link !== undefined || optional === true);
  }

  /** Peers that the channel stands to. */
  get standing(): readonly Ipv6Address[] {
    return [...this.#peers].filter(([, { link }]) => link !== undefined).map(([peer]) => peer);
  }

  /** Peers of which a process may be there, in reach or not, but for those that are known to be of a release without frames of this kind. */
  living(kind: FrameKind): readonly Ipv6Address[] {
    return [...this.#peers].flatMap(([peer, { absent, link }]) =>
      absent === true || link?.takes(kind) === false ? [] : peer,
    );
  }

  /** Whether the channel to this peer stands. */
  stands(peer: Ipv6Address): boolean {
    return this.#peers.get(peer)?.link !== undefined;
  }

  /** One more peer, which is called, unless there are as many as there may be; nothing for one that is known. */
  add(peer: Ipv6Address): 'added' | 'known' | 'full' {
    if (this.#closed || this.#peers.has(peer) || peer === this.#options.careOfAddress) return 'known';
    if (this.#isFull) return 'full';
    this.#peers.set(peer, { introduce: true });
    this.#outgoing.call(peer);
    return 'added';
  }

  /** The peer has left: its connection is closed, and nobody calls it any more. */
  remove(peer: Ipv6Address): void {
    const known = this.#peers.get(peer);
    this.#peers.delete(peer);
    this.#outgoing.cancel(peer);
    known?.link?.socket.destroy();
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
      this.#peers.get(peer)?.link?.send(frame);
      return true;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.onFault(peer, `${frame.kind} is not sent: ${error.message}`);
      return false;
    }
  }

  /** What tells whether the process at this peer is there; undefined: the channel to it does not stand. */
  signsOf(peer: Ipv6Address): SignsOfLife | undefined {
    const link = (): ChannelLink | undefined => this.#peers.get(peer)?.link;
    if (link() === undefined) return undefined;
    return {
      heardAt: () => link()?.heardAt ?? Number.NEGATIVE_INFINITY,
      progressAt: () => link()?.progressAt ?? Number.NEGATIVE_INFINITY,
      path: link()?.path,
    };
  }

  /** Whether the channel to that peer stands, is keyed for such frames, and the peer has announced that it knows them. */
  takes(peer: Ipv6Address, kind: FrameKind): boolean {
    return this.#peers.get(peer)?.link?.takes(kind) === true;
  }

  /** Whether the channel to that peer stands, and both ends can. */
  can(peer: Ipv6Address, capability: Capability): boolean {
    return this.#peers.get(peer)?.link?.can(capability) === true;
  }

  /** This member's keys are others now: connections under one that it holds no more are closed, and made again. */
  rekeyed(): void {
    for (const [address, { link, keying }] of this.#peers) {
      if (link === undefined || keying?.isValid() !== false) continue;
      this.#options.onKeyRemoved?.(address);
      link.socket.destroy();
    }
  }

  close(): void {
    this.#closed = true;
    this.#outgoing.close();
    for (const { link } of this.#peers.values()) link?.socket.destroy();
    this.#server.close();
  }

  get #isFull(): boolean {
    return this.#peers.size >= (this.#options.joining?.limit ?? Number.POSITIVE_INFINITY);
  }

  /** Of this pair, it is this member that connects. */
  #connects(peer: Ipv6Address): boolean {
    return this.#options.careOfAddress < peer;
  }

  #calls(peer: Ipv6Address): boolean {
    return this.#connects(peer) || this.#peers.get(peer)?.introduce === true;
  }

  /** Is called, or with a member that has to call only looked for: is its process still there? */
  #isMissed(address: Ipv6Address): boolean {
    const peer = this.#peers.get(address);
    if (peer === undefined || peer.link !== undefined) return false;
    return this.#calls(address) || peer.incarnation !== undefined;
  }

  #onAnswered(address: Ipv6Address, socket: net.Socket): void {
    if (!this.#calls(address)) socket.destroy();
    else this.#secure('connecting', socket, address);
  }

  #answer(socket: net.Socket): void {
    const remote = ipv6(socket.remoteAddress ?? '::');
    // A peer is who it says only when it comes from the address that it names, and is configured.
    socket.on('error', () => undefined);
    const [peer, { joining }] = [this.#peers.get(remote), this.#options];
    if (peer === undefined && joining === undefined) {
      this.#strangers++;
      socket.destroy();
    } else if (peer !== undefined && this.#connects(remote)) {
      socket.destroy();
      peer.link?.doubt();
      if (joining !== undefined && peer.link === undefined) this.#outgoing.hasten(remote);
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
        const hungUp = role === 'connecting' && !this.#connects(address);
        const peer = this.#peers.get(address);
        if (peer !== undefined && role === 'connecting') peer.urgent = another && !hungUp;
        if (this.#closed || hungUp || another) return;
        this.#refused++;
        this.#options.onRefused(address, reason);
      },
    };
  }

  #converse(socket: net.Socket, raw: net.Socket, keying: Keying, address: Ipv6Address): void {
    if (this.#closed || !keying.isValid()) {
      socket.destroy();
      return;
    }
    const { careOfAddress, announcement = ownAnnouncement, onFault, onOddity } = this.#options;
    const greeting = new Greeting(address, announcement);
    const link: ChannelLink = new ChannelLink(
      socket,
      (frame) => this.#onFrame(address, { link, greeting, keying }, frame),
      () => this.#onClose(address, link),
      (reason) => onFault(address, reason),
      {
        trusted: keying.trusted,
        onOddity: (oddity) => onOddity?.(address, oddity),
        // A path that is cut and open again within the time that this member waits for it.
        patience: { ...FRAME_PATIENCE, ms: Math.max(FRAME_PATIENCE.ms, 2 * this.#options.timeoutMs) },
        path: () => this.#network.path?.(raw),
      },
    );
    const hello = { kind: 'hello', careOfAddress, incarnation: this.#incarnation } as const;
    link.greet(announcement.newest === 0 ? hello : { ...hello, announced: announcement });
  }

  #onFrame(address: Ipv6Address, conversation: Conversation, frame: AnyChannelFrame): void {
    const { link, greeting } = conversation;
    const stage = greeting.take(frame);
    if (stage === 'greeted') link.agreed(greeting.agreement);
    else if (stage === 'opened') this.#up(address, conversation);
    else if (this.#peers.get(address)?.link !== link) return;
    // Of the channel itself, and seen to.
    else if (isGreetingFrame(frame) || frame.kind === 'not-understood') return;
    else if (isMembershipFrame(frame)) this.#options.joining?.onFrame(address, frame);
    else this.#options.onFrame(address, frame);
  }

  #up(address: Ipv6Address, { link, greeting, keying }: Conversation): void {
    const { incarnation } = greeting;
    const peer = this.#peers.get(address) ?? this.#admitted(address);
    // Its key may have been removed since the handshake.
    if (peer === undefined || !keying.isValid()) {
      link.socket.destroy();
      return;
    }
    const before = peer.link;
    Object.assign(peer, { link, keying, absent: false });
    // One that the peer has given up and we have not noticed.
    if (before !== undefined) {
      before.socket.destroy();
      this.#options.onPeer(address, 'lost');
    }
    const known = peer.incarnation;
    if (known !== undefined && known !== incarnation) this.#gone(address);
    if (incarnation !== undefined) peer.incarnation = incarnation;
    this.#options.onPeer(address, known === incarnation ? 'restored' : 'up');
  }

  /** One that has shown that it belongs to the group, and was not known. */
  #admitted(address: Ipv6Address): Peer | undefined {
    if (this.#isFull) {
      this.#refused++;
      this.#options.onRefused(address, `there are ${this.#peers.size} members, and no more may be`);
      return undefined;
    }
    const peer: Peer = {};
    this.#peers.set(address, peer);
    return peer;
  }

  #onClose(address: Ipv6Address, link: ChannelLink): void {
    const peer = this.#peers.get(address);
    if (this.#closed || peer === undefined || peer.link !== link) return;
    delete peer.link;
    this.#options.onPeer(address, 'lost');
    this.#outgoing.call(address);
  }

  /** Its host says that nobody is there. For one that other members only told of, nobody waits then. */
  #absent(address: Ipv6Address): void {
    const peer = this.#peers.get(address);
    if (peer !== undefined) peer.absent = true;
    const isHearsay = peer?.introduce === true && peer.optional !== true && peer.incarnation === undefined;
    if (isHearsay) {
      peer.optional = true;
      this.#options.onPeer(address, 'gone');
    } else this.#gone(address);
  }

  #gone(address: Ipv6Address): void {
    const peer = this.#peers.get(address);
    if (peer?.incarnation === undefined) return;
    delete peer.incarnation;
    this.#options.onPeer(address, 'gone');
  }
}
