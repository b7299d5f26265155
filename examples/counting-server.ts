import type net from 'node:net';
import type { ApplicationHost, ServerApplication, ServerLibrary } from 'handoff-lab/server';

/** Lines that one member answers before it hands its client off. */
const TURN = 3;

/**
 * A server that numbers its client's lines. After three of them the client goes to the next member, which counts on; the
 * client sees one connection and one count. The application's whole state is one number.
 */
class CountingServer implements ServerApplication {
  readonly #next: string;
  #server!: ServerLibrary;

  constructor(nextMember: string) {
    this.#next = nextMember;
  }

  start({ server }: ApplicationHost): void {
    this.#server = server;
    server.clientReceive((socket, state) => this.#count(socket, Buffer.from(state).readUInt32BE(0)));
  }

  onConnection(socket: net.Socket): void {
    this.#count(socket, 0);
  }

  close(): void {}

  #count(socket: net.Socket, from: number): void {
    let count = from;
    socket.on('error', () => socket.destroy());
    const close = (): void => void this.#server.clientClose(socket);
    // A socket that comes back may have told its client's end before.
    if (socket.readableEnded) close();
    socket.once('end', close);
    socket.on('data', (chunk) => {
      count += chunk.toString('latin1').split('\n').length - 1;
      const last = count >= from + TURN;
      // Where the client goes next is known long before: that member gets ready while we still serve.
      if (last) socket.removeAllListeners('data').removeAllListeners('end');
      else this.#server.prepare(socket, this.#next);
      // The callback runs when the answer is in the kernel, where the handoff finds it.
      socket.write(`${count}\n`, () => last && void this.#handOff(socket, count));
    });
  }

  async #handOff(socket: net.Socket, count: number): Promise<void> {
    const state = Buffer.alloc(4);
    state.writeUInt32BE(count);
    // Lost: nobody can go on, and the socket is gone.
    const result = await this.#server.clientHandoff(socket, this.#next, state).catch(() => undefined);
    if (result?.moved === false) this.#count(result.socket, count);
  }
}

export default (options: { nextMember: string }): ServerApplication => new CountingServer(options.nextMember);
