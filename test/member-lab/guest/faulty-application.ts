import type net from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';

/** Answers lines; a line `throw` or `reject` is one mistake or the other in its connection's code, `leave` ends the connection and gives it up, and `start` is one from the start. */
class FaultyServer implements ServerApplication {
  readonly #when: string;
  #host!: ApplicationHost;

  constructor(when: string) {
    this.#when = when;
  }

  start(host: ApplicationHost): void {
    if (this.#when === 'start') throw new RangeError('a mistake in start()');
    this.#host = host;
  }

  onConnection(socket: net.Socket): void {
    socket.once('end', () => void this.#host.server.clientClose(socket));
    socket.on('data', (chunk: Buffer) => this.#answer(socket, chunk.toString().trim()));
  }

  close(): void {}

  #answer(socket: net.Socket, line: string): void {
    if (line === 'throw') throw new RangeError('a mistake in an event');
    if (line === 'reject') void this.#later();
    else if (line === 'leave') socket.end(() => socket.destroy());
    else socket.write(`${line}\n`);
  }

  async #later(): Promise<void> {
    await setImmediate();
    throw new RangeError('a mistake later');
  }
}

export default (options: { readonly when?: string } = {}): ServerApplication =>
  new FaultyServer(options.when ?? '');
