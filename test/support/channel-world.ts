import type net from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { MemberChannel } from '../../nodes/member/channel.ts';
import type { ChannelNetwork } from '../../nodes/member/channel-network.ts';
import type { ChannelOptions } from '../../nodes/member/channel-options.ts';
import type { AnyChannelFrame, ChannelFrame } from '../../server/channel/channel-frames.ts';
import type { PeerChange } from '../../server/channel/peer-change.ts';

/** Addresses of machines in one process, joined by streams; any process may speak from any address that it is on the path of. */
export class ChannelWorld {
  readonly #listening = new Map<Ipv6Address, (socket: net.Socket) => void>();

  /** What a process at this address speaks through. */
  at(address: Ipv6Address): ChannelNetwork {
    return {
      connect: (peer) => this.#connect(address, peer),
      listen: (onCall) => {
        this.#listening.set(address, onCall);
        return { close: () => void this.#listening.delete(address) };
      },
    };
  }

  #connect(from: Ipv6Address, to: Ipv6Address): net.Socket {
    const [near, far] = duplexPair();
    const [ours, theirs] = [socketOf(near, to), socketOf(far, from)];
    ours.once('close', () => theirs.destroy());
    theirs.once('close', () => ours.destroy());
    setImmediate(() => {
      const onCall = this.#listening.get(to);
      if (onCall === undefined) {
        ours.destroy(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
        return;
      }
      ours.emit('connect');
      onCall(theirs);
    });
    return ours;
  }
}

/** As much of a TCP socket as the channel asks for. */
function socketOf(stream: Duplex, remoteAddress: Ipv6Address): net.Socket {
  const self = (): Duplex => stream;
  return Object.assign(stream, {
    remoteAddress,
    setNoDelay: self,
    setKeepAlive: self,
  }) as unknown as net.Socket;
}

/** A member's channel that writes down what happens, and can wait for it. */
export class RecordedMember {
  readonly channel: MemberChannel;
  readonly happened: string[] = [];
  readonly frames: AnyChannelFrame[] = [];
  readonly #waiting: { readonly test: () => boolean; readonly resolve: () => void }[] = [];

  constructor(
    options: Omit<ChannelOptions, 'port' | 'timeoutMs' | 'onFrame' | 'onPeer' | 'onRefused' | 'onFault'>,
  ) {
    const note = (text: string): void => {
      this.happened.push(text);
      this.#look();
    };
    this.channel = new MemberChannel({
      ...options,
      port: 7000,
      timeoutMs: 5000,
      onFrame: (_, frame: ChannelFrame) => {
        this.frames.push(frame);
        this.#look();
      },
      onPeer: (peer, change: PeerChange) => note(`${change} ${peer}`),
      onRefused: (address, reason) => note(`refused ${address}: ${reason}`),
      onFault: (peer, reason) => note(`fault ${peer}: ${reason}`),
      onOddity: (peer, { kind, ...what }) => note(`${kind} ${peer} ${JSON.stringify(what)}`),
      onKeyRemoved: (peer) => note(`key-removed ${peer}`),
    });
  }

  count(what: string): number {
    return this.happened.filter((one) => one.startsWith(what)).length;
  }

  /** Resolves once `what`, the beginning of something that happened, has been written down `times` times. */
  async until(what: string, times = 1): Promise<void> {
    await this.#until(() => this.count(what) >= times, what);
  }

  async untilFrames(count: number): Promise<void> {
    await this.#until(() => this.frames.length >= count, `${count} frames`);
  }

  async #until(test: () => boolean, what: string): Promise<void> {
    if (test()) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const limit = setTimeout(
      () =>
        reject(new Error(`no ${what} in ${JSON.stringify(this.happened)} and ${this.frames.length} frames`)),
      20_000,
    );
    this.#waiting.push({ test, resolve });
    await promise.finally(() => clearTimeout(limit));
  }

  #look(): void {
    for (const { test, resolve } of this.#waiting) if (test()) resolve();
  }
}
