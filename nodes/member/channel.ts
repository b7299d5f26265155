import net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { type ChannelFrame, encodeFrame, FrameReader } from '../../server/channel-frames.ts';

export interface ChannelOptions {
  readonly careOfAddress: Ipv6Address;
  readonly port: number;
  readonly peers: readonly Ipv6Address[];
  onFrame(peer: Ipv6Address, frame: ChannelFrame): void;
  onPeer(peer: Ipv6Address, up: boolean, reason: string): void;
}

const retryMs = 200;
const maximumRetries = 300;

/**
 * The member-to-member channel: one standing connection per pair of members, so that a frame never waits for a handshake.
 * Of a pair, the member with the smaller address connects. Connections are bound to care-of addresses: a member's source
 * selection would otherwise prefer the home address.
 */
export class MemberChannel {
  readonly #options: ChannelOptions;
  readonly #server: net.Server;
  readonly #connections = new Map<Ipv6Address, net.Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#server = net.createServer((socket) => this.#attach(socket, undefined));
    this.#server.listen({ host: options.careOfAddress, port: options.port, ipv6Only: true });
    for (const peer of options.peers) if (options.careOfAddress < peer) this.#connect(peer, 0);
  }

  /** All channels to the configured peers stand. */
  get complete(): boolean {
    return this.#options.peers.every((peer) => this.#connections.has(peer));
  }

  /** Sends in one write; false when the channel to that peer does not stand. */
  send(peer: Ipv6Address, frame: ChannelFrame): boolean {
    const socket = this.#connections.get(peer);
    if (socket === undefined) return false;
    socket.write(encodeFrame(frame));
    return true;
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#connections.values()) socket.destroy();
    this.#server.close();
  }

  #connect(peer: Ipv6Address, attempt: number): void {
    const { careOfAddress, port } = this.#options;
    const socket = net.connect({ host: peer, port, localAddress: careOfAddress });
    socket.once('connect', () => {
      socket.write(encodeFrame({ kind: 'hello', careOfAddress }));
      this.#attach(socket, peer);
    });
    socket.once('error', () => undefined); // 'close' follows, and decides
    socket.once('close', () => {
      if (this.#closed || attempt >= maximumRetries) return;
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.#connect(peer, attempt + 1);
      }, retryMs);
      this.#timers.add(timer);
    });
  }

  #attach(socket: net.Socket, known: Ipv6Address | undefined): void {
    const reader = new FrameReader();
    let peer = known;
    socket.setNoDelay(true);
    if (peer !== undefined) this.#up(peer, socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) {
          if (frame.kind === 'hello') {
            peer = this.#identify(socket, frame.careOfAddress);
            if (peer !== undefined) this.#up(peer, socket);
          } else if (peer !== undefined) this.#options.onFrame(peer, frame);
        }
      } catch (error) {
        socket.destroy(error instanceof Error ? error : undefined);
      }
    });
    socket.once('close', () => {
      if (peer === undefined || this.#connections.get(peer) !== socket) return;
      this.#connections.delete(peer);
      if (!this.#closed) this.#options.onPeer(peer, false, 'connection closed');
    });
  }

  /** A peer is who it says only when it comes from the address that it names, and is configured. */
  #identify(socket: net.Socket, careOfAddress: Ipv6Address): Ipv6Address | undefined {
    const remote = ipv6(socket.remoteAddress ?? '::');
    if (remote === careOfAddress && this.#options.peers.includes(careOfAddress)) return careOfAddress;
    socket.destroy();
    return undefined;
  }

  #up(peer: Ipv6Address, socket: net.Socket): void {
    this.#connections.set(peer, socket);
    this.#options.onPeer(peer, true, '');
  }
}
