import http from 'node:http';
import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from 'handoff-lab/server';

/**
 * Node's own HTTP server, whose clients go to the next member behind each answer, in the middle of a keep-alive connection. Between two
 * answers a connection has no state but the number of requests.
 */
class HttpServer implements ServerApplication {
  #host!: ApplicationHost;
  readonly #requests = new Map<net.Socket, number>();
  readonly #http = http.createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const { socket } = request;
    const count = (this.#requests.get(socket) ?? 0) + 1;
    this.#requests.set(socket, count);
    // The last octet is on its way to the kernel, and the parser has let go of the request.
    response.once('finish', () => setImmediate(() => void this.#handOff(socket)));
    response.end(`request ${count}, ${request.url}, at ${this.#host.careOfAddress}\n`);
  });

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientReceive((socket, state) => this.#serve(socket, Buffer.from(state).readUInt32BE(0)));
    host.server.clientState(async (socket) => this.#stateOf(socket));
  }

  onConnection(socket: net.Socket): void {
    this.#serve(socket, 0);
  }

  #serve(socket: net.Socket, requests: number): void {
    this.#requests.set(socket, requests);
    socket.once('close', () => this.#requests.delete(socket));
    // The client's binding goes with its connection.
    socket.once('end', () => void this.#host.server.clientClose(socket));
    this.#http.emit('connection', socket);
  }

  async #handOff(socket: net.Socket): Promise<void> {
    const { server } = this.#host;
    const [next] = server.members;
    if (next === undefined || socket.destroyed || socket.readableEnded) return;
    // Lost: nobody can go on, and the socket is gone.
    const result = await server.clientHandoff(socket, next, this.#stateOf(socket)).catch(() => undefined);
    // The same socket has its parser still; a new one in its place needs one.
    if (result?.moved === false && result.socket !== socket)
      this.#serve(result.socket, this.#requests.get(socket) ?? 0);
  }

  #stateOf(socket: net.Socket): Uint8Array {
    const state = Buffer.alloc(4);
    state.writeUInt32BE(this.#requests.get(socket) ?? 0);
    return state;
  }
}

export default (): ServerApplication => new HttpServer();
