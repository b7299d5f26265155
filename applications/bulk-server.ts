import type net from 'node:net';
import { clientListener } from '../nodes/support/client-socket.ts';
import { documentPart } from './document.ts';

const requestLimit = 64;

/** Answers `GET n` with the first n octets of the document and closes: a plain TCP bulk sender. */
export class BulkServer {
  readonly #server = clientListener(serve);

  listen(port: number, address: string, ready: () => void): void {
    this.#server.listen(port, address, ready);
  }
}

function serve(socket: net.Socket): void {
  let request = '';
  socket.on('error', () => socket.destroy());
  // Behind the document, when it has been asked for.
  socket.once('end', () => socket.end());
  socket.on('data', (chunk) => {
    request += chunk.toString('latin1');
    const line = /^GET (\d{1,10})\n/.exec(request);
    if (line !== null) socket.end(documentPart(0, Number(line[1])));
    else if (request.length > requestLimit) socket.destroy();
  });
}
