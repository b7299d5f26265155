import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';

interface Options {
  /** who says it, in each answer */
  readonly name: string;
  /** care-of address of the member that a client goes to behind its first line; default: it stays */
  readonly acceptor?: string;
}

/** Answers each line with its own name, and says nothing of its own accord. */
class IdleServer implements ServerApplication {
  readonly #options: Options;
  #host!: ApplicationHost;

  constructor(options: Options) {
    this.#options = options;
  }

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket) => this.#serve(socket));
  }

  onConnection(socket: net.Socket): void {
    this.#serve(socket, this.#options.acceptor);
  }

  close(): void {}

  #serve(socket: net.Socket, acceptor?: string): void {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (socket.listenerCount('data') === 0) return;
      socket.write(`${this.#options.name}\n`);
      if (acceptor === undefined) return;
      socket.removeAllListeners('data');
      void this.#host.server
        .clientHandoff(socket, ipv6(acceptor), new Uint8Array())
        .then((result) => result.moved || this.#serve(result.socket));
    });
    socket.on('end', () => socket.end());
  }
}

export default (options: Options): ServerApplication => new IdleServer(options);
