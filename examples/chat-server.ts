import type net from 'node:net';
import { createInterface } from 'node:readline';
import type { ApplicationHost, ServerApplication } from 'handoff-lab/server';

/** What a member knows of a guest; it goes with the guest. */
interface Guest {
  name: string;
  readonly said: string[];
}

/** A chat with a server that remembers: `/history` tells what a guest has said, wherever the guest is served by then. */
class ChatServer implements ServerApplication {
  #host!: ApplicationHost;
  readonly #guests = new Map<net.Socket, Guest>();

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket, state) =>
      this.#talk(socket, JSON.parse(Buffer.from(state).toString())),
    );
    // When the client is to go, this is all that the next member has to know.
    host.server.clientState(async (socket) => Buffer.from(JSON.stringify(this.#guests.get(socket))));
  }

  onConnection(socket: net.Socket): void {
    socket.write('who are you?\n');
    this.#talk(socket, { name: '', said: [] });
  }

  #talk(socket: net.Socket, guest: Guest): void {
    this.#guests.set(socket, guest);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#guests.delete(socket));
    socket.once('end', () => void this.#host.server.clientClose(socket));
    createInterface({ input: socket }).on('line', (line) => socket.write(`${this.#answer(guest, line)}\n`));
  }

  #answer(guest: Guest, line: string): string {
    if (line === '/history') return guest.said.map((said, index) => `${index + 1}. ${said}`).join('; ');
    if (guest.name !== '')
      return `${guest.name} (${guest.said.push(line)} at ${this.#host.careOfAddress}): ${line}`;
    guest.name = line;
    return `hello, ${line}`;
  }
}

export default (): ServerApplication => new ChatServer();
