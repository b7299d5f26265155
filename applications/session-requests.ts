import type net from 'node:net';
import { onClientEnd } from './client-end.ts';

const lineLimit = 64;

/** What a client of the session protocol asks for. */
interface SessionListener {
  /** `GET n`: the first n octets of the document */
  get(octets: number): void;
  /** `END`, or the client has closed its side: nothing more; the server closes */
  end(): void;
}

/**
 * Reads the requests of a connection on which several documents are fetched, one line each, the next one sent when the answer
 * is complete. Gives a function that stops reading; what the client has sent by then has been heard. Anything else than a
 * request destroys the socket.
 */
export function onRequests(socket: net.Socket, listener: SessionListener): () => void {
  let input = '';
  const take = (chunk: Buffer): void => {
    input += chunk.toString('latin1');
    const line = /^(?:GET (\d{1,10})|END)\n/.exec(input);
    if (line === null) {
      if (input.length > lineLimit) socket.destroy();
      return;
    }
    input = input.slice(line[0].length);
    if (line[1] === undefined) listener.end();
    else listener.get(Number(line[1]));
  };
  socket.on('error', () => socket.destroy());
  socket.on('data', take);
  const stopWaiting = onClientEnd(socket, () => listener.end());
  return () => {
    socket.removeListener('data', take);
    stopWaiting();
  };
}
