import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';

interface Options {
  /** empty: the client stays */
  readonly nextMember: string;
  /** octets after which the client is handed off, in the middle of its upload */
  readonly after: number;
  readonly total: number;
  readonly variant: string;
  /** the state is given when the connection is frozen */
  readonly atFreeze: boolean;
}

/** How far an upload has come: octets, and their sum modulo 2³², each times its place from 1 on. */
interface Progress {
  octets: number;
  sum: number;
}

/** Takes an upload, hands its client off on the way, and answers with what has come. */
class UploadServer implements ServerApplication {
  readonly #options: Options;
  #host!: ApplicationHost;

  constructor(options: Options) {
    this.#options = options;
  }

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket, state) =>
      this.#take(socket, JSON.parse(Buffer.from(state).toString())),
    );
  }

  onConnection(socket: net.Socket): void {
    this.#take(socket, { octets: 0, sum: 0 }, this.#options.nextMember !== '');
  }

  close(): void {}

  #take(socket: net.Socket, progress: Progress, handsOff = false): void {
    const { after, total, nextMember, atFreeze } = this.#options;
    socket.on('error', () => socket.destroy());
    socket.once('end', () => void this.#host.server.clientClose(socket));
    const read = (chunk: Buffer): void => {
      for (const octet of chunk) progress.sum = (progress.sum + octet * ++progress.octets) >>> 0;
      if (progress.octets >= total) socket.write(`${progress.octets} ${progress.sum}\n`);
      else if (handsOff && progress.octets >= after) {
        handsOff = false;
        const state = (): Buffer => Buffer.from(JSON.stringify(progress));
        if (!this.#options.atFreeze) socket.removeListener('data', read);
        void this.#host.server.clientHandoff(socket, nextMember, atFreeze ? state : state(), {
          variant: this.#options.variant,
        });
      }
    };
    socket.on('data', read);
  }
}

export default (options: Options): ServerApplication => new UploadServer(options);
