import type net from 'node:net';
import type { ApplicationHost, ServerApplication } from '../../../applications/server-application.ts';

/** Answers a client's first line and ends its own side behind that; what comes further is read, and told when the client has ended. */
class EarlyEnd implements ServerApplication {
  #host!: ApplicationHost;

  start(host: ApplicationHost): void {
    this.#host = host;
    host.server.clientSurvives((socket) => this.#take(socket));
  }

  onConnection(socket: net.Socket): void {
    this.#take(socket);
  }

  #take(socket: net.Socket): void {
    let text = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      const first = !text.includes('\n');
      text += chunk.toString();
      if (first && text.includes('\n')) socket.end('answer\n');
    });
    socket.once('end', () => this.#host.log.write('early-end-read', { text }));
    void this.#host.server.protect(socket, new Uint8Array(), { input: 'gated' });
  }
}

export default (): ServerApplication => new EarlyEnd();
