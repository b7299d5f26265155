import { createHash } from 'node:crypto';
import type net from 'node:net';
import { EPOLLOUT, type FdPoller } from '../../../linux/fd-poller.ts';
import { sendOctets, WOULD_BLOCK } from '../../../linux/socket-libc.ts';
import { descriptorOf } from '../../../linux/tcp/node-socket.ts';
import { setReceiveLowWater } from '../../../linux/tcp/receive-low-water.ts';

/** `length` octets that no shift of themselves equals. */
export function documentOf(length: number): Buffer {
  const octets = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4)
    octets.writeUInt32BE((Math.imul(at, 2654435761) ^ (at >>> 7)) >>> 0, at);
  return octets;
}

const LOW_WATER = 256 * 1024;

/** Counts and hashes what a socket receives; with `total` known it wakes up for large pieces only. */
export class Receiver {
  readonly #hash = createHash('sha256');
  readonly #waiting: { octets: number; resolve: () => void }[] = [];
  received = 0;

  constructor(socket: net.Socket, total?: number) {
    const wakeRarely = (): void => {
      if (total === undefined || socket.destroyed) return;
      setReceiveLowWater(descriptorOf(socket), Math.max(1, Math.min(LOW_WATER, total - this.received)));
    };
    wakeRarely();
    socket.on('error', (error) => {
      throw error;
    });
    socket.on('data', (chunk: Buffer) => {
      this.#hash.update(chunk);
      this.received += chunk.length;
      for (const { octets, resolve } of this.#waiting) if (this.received >= octets) resolve();
      wakeRarely();
    });
  }

  /** Resolves once that many octets have come. */
  has(octets: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ octets, resolve });
    if (this.received >= octets) resolve();
    return promise;
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** SHA-256 in hexadecimal. */
export function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}

/** Writes octets to a descriptor as its send queue takes them; nothing is held outside the kernel. */
export class Pump {
  readonly #poller: FdPoller;
  readonly #descriptor: number;
  readonly #octets: Uint8Array;
  readonly #finished = Promise.withResolvers<void>();
  written = 0;

  constructor(poller: FdPoller, descriptor: number, octets: Uint8Array) {
    this.#poller = poller;
    this.#descriptor = descriptor;
    this.#octets = octets;
    poller.watch(descriptor, EPOLLOUT, () => this.#fill());
  }

  /** Resolves when the last octet is in the send queue. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  stop(): void {
    this.#poller.unwatch(this.#descriptor);
  }

  #fill(): void {
    while (this.written < this.#octets.length) {
      const taken = sendOctets(this.#descriptor, this.#octets.subarray(this.written), 'document');
      if (taken === WOULD_BLOCK) return;
      this.written += taken;
    }
    this.stop();
    this.#finished.resolve();
  }
}
