import type net from 'node:net';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import type { ChannelNetwork } from './channel-network.ts';

/** ms between two calls of a peer that does not answer: the first pause, and the longest after doubling */
export const RETRY_MS = { first: 200, longest: 5000 } as const;

interface ChannelCallsOptions {
  readonly network: Pick<ChannelNetwork, 'connect'>;
  /** ms for which a call may be unanswered */
  readonly timeoutMs: number;
  /** Whether this peer is still to be called. */
  isWanted(peer: Ipv6Address): boolean;
  /** Whether it is called again without a pause: there is another key to try. */
  isUrgent(peer: Ipv6Address): boolean;
  /** Its host has answered; the socket is the callee's. */
  onConnected(peer: Ipv6Address, socket: net.Socket): void;
  /** Its host says that nobody is there. */
  onNobody(peer: Ipv6Address): void;
}

/** A member's calls to others, again and again until they are wanted no more; from its care-of address. */
export class ChannelCalls {
  readonly #options: ChannelCallsOptions;
  /** until the next call; none while one is under way */
  readonly #timers = new Map<Ipv6Address, NodeJS.Timeout>();
  #closed = false;

  constructor(options: ChannelCallsOptions) {
    this.#options = options;
  }

  call(peer: Ipv6Address): void {
    this.#call(peer, RETRY_MS.first);
  }

  /** A peer is there that waits for its next call: it is called now. */
  hasten(peer: Ipv6Address): void {
    if (!this.#timers.has(peer)) return;
    this.cancel(peer);
    this.call(peer);
  }

  cancel(peer: Ipv6Address): void {
    clearTimeout(this.#timers.get(peer));
    this.#timers.delete(peer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #call(peer: Ipv6Address, pauseMs: number): void {
    const { network, timeoutMs, onConnected, onNobody } = this.#options;
    const socket = network.connect(peer);
    // The kernel alone would call at ever longer intervals, and find a way that is open again only minutes later.
    const unanswered = setTimeout(() => socket.destroy(), timeoutMs);
    socket.once('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED') onNobody(peer);
    });
    socket.once('connect', () => {
      clearTimeout(unanswered);
      onConnected(peer, socket);
    });
    socket.once('close', () => {
      clearTimeout(unanswered);
      this.#callAgain(peer, pauseMs);
    });
  }

  #callAgain(peer: Ipv6Address, pauseMs: number): void {
    const { isWanted, isUrgent } = this.#options;
    if (this.#closed || !isWanted(peer)) return;
    this.cancel(peer);
    if (isUrgent(peer)) {
      this.#call(peer, pauseMs);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(peer);
      if (isWanted(peer)) this.#call(peer, Math.min(pauseMs * 2, RETRY_MS.longest));
    }, pauseMs);
    this.#timers.set(peer, timer);
  }
}
