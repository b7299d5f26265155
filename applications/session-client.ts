import net from 'node:net';
import type { FdPoller } from '../linux/fd-poller.ts';
import { descriptorOf } from '../linux/tcp/node-socket.ts';
import { openConnection } from '../linux/tcp/open-connection.ts';
import { setReceiveLowWater } from '../linux/tcp/receive-low-water.ts';
import { boundReceiveWindow } from '../linux/tcp/receive-window.ts';
import { ipv6 } from '../mip6/wire/address.ts';
import { documentPart } from './document.ts';
import { receiveBuffer } from './receive-buffer.ts';

interface SessionClientOptions {
  readonly poller: FdPoller;
  /** network namespace of the client's host */
  readonly host: string;
  readonly server: string;
  readonly port: number;
  /** largest receive window that is offered, octets */
  readonly windowBytes: number;
}

/** One connection to a session server, on which documents are fetched one after the other; every octet is checked. */
export class SessionClient {
  readonly #socket: net.Socket;
  readonly #windowBytes: number;
  readonly #closed = Promise.withResolvers<void>();
  #wanted = 0;
  #received = 0;
  #lowWater = 0;
  #done: (() => void) | undefined;
  #problem = '';

  private constructor(descriptor: number, windowBytes: number) {
    this.#windowBytes = windowBytes;
    const take = (length: number): boolean => this.#take(receiveBuffer.subarray(0, length));
    this.#socket = new net.Socket({ fd: descriptor, onread: { buffer: receiveBuffer, callback: take } });
    // The low-water mark also makes the receive buffer hold more than the window, which then never closes.
    this.#lower(2 * windowBytes);
    boundReceiveWindow(this.#socket, windowBytes);
    this.#lower(1);
    this.#socket.once('error', (error) => this.#fail(String(error)));
    this.#socket.once('close', () => {
      this.#fail(this.#done === undefined ? '' : 'closed within a document');
      this.#closed.resolve();
    });
    this.#socket.resume();
  }

  /** Connects; rejects with LabError when the connection fails, or at `signal`. */
  static async open(options: SessionClientOptions, signal: AbortSignal): Promise<SessionClient> {
    const { poller, host, server, port, windowBytes } = options;
    const to = { address: ipv6(server), port };
    return new SessionClient(await openConnection(poller, `/run/netns/${host}`, to, signal), windowBytes);
  }

  /** What went wrong first; '' when nothing did. */
  get problem(): string {
    return this.#problem;
  }

  /** Asks for the first `octets` of the document; resolves when they are here, or never will be. */
  fetch(octets: number): Promise<void> {
    if (this.#problem !== '' || this.#socket.destroyed) {
      this.#fail('closed before a request');
      return Promise.resolve();
    }
    this.#wanted = octets;
    this.#received = 0;
    this.#lower(this.#nextLowWater());
    return new Promise((resolve) => {
      this.#done = resolve;
      this.#socket.write(`GET ${octets}\n`);
    });
  }

  /** Lets the server close; resolves when it has. */
  end(): Promise<void> {
    if (!this.#socket.destroyed) {
      this.#lower(1);
      this.#socket.write('END\n');
    }
    return this.#closed.promise;
  }

  abandon(problem: string): void {
    this.#fail(problem);
    this.#socket.destroy();
  }

  #take(octets: Buffer): boolean {
    const start = this.#received;
    this.#received += octets.length;
    if (this.#received > this.#wanted) this.#fail(`${this.#received} octets instead of ${this.#wanted}`);
    else if (!octets.equals(documentPart(start, this.#received))) {
      this.#fail(`octets ${start} to ${this.#received} are not the document's`);
    }
    if (this.#received >= this.#wanted) this.#finish();
    else this.#lower(this.#nextLowWater());
    return true;
  }

  /** Few wake-ups; the end of a document is never waited for by more than is left of it. */
  #nextLowWater(): number {
    return Math.max(1, Math.min(this.#wanted - this.#received, this.#windowBytes / 4));
  }

  #lower(octets: number): void {
    if (octets === this.#lowWater) return;
    this.#lowWater = octets;
    setReceiveLowWater(descriptorOf(this.#socket), octets);
  }

  #finish(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.();
  }

  #fail(problem: string): void {
    if (this.#problem === '') this.#problem = problem;
    if (problem !== '') this.#finish();
  }
}
