import type net from 'node:net';
import { ProtocolError } from '../../../mip6/roles/shared/protocol-error.ts';

/** octets that are thrown away still, by socket; a client that has the end of the connection as well has one more */
const discarding = new WeakMap<net.Socket, number>();
/** The end of the connection counts one, behind the last octet. */
const END = 1;

/** Octets that will be written to the socket and go nowhere. */
export function stillDiscarded(socket: net.Socket): number {
  return discarding.get(socket) ?? 0;
}

/**
 * The first `octets` that are written to the socket go nowhere: the client has them, of a member that has died, and the application makes them again. What
 * comes behind them goes out as ever.
 *
 * A client may have the end, too: what the application ends then, behind the last octet, goes nowhere either, and `onEndKnown` is called in its place.
 * Where the end comes before so many octets are written, the application has not written what it had before, and its socket is destroyed with a ProtocolError.
 */
export function discardFirst(socket: net.Socket, octets: number, onEndKnown: () => void): void {
  if (octets <= 0) return;
  discarding.set(socket, octets);
  const { _write: write, _writev: writeMany, _final: final } = socket;
  // Chunk by chunk, as long as something is thrown away.
  Reflect.set(socket, '_writev', null);
  socket._write = (chunk: unknown, encoding, callback) => {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk), encoding);
    const left = stillDiscarded(socket);
    discarding.set(socket, Math.max(0, left - bytes.length));
    if (left <= bytes.length) {
      discarding.delete(socket);
      socket._write = write;
      Reflect.set(socket, '_writev', writeMany);
    }
    if (left < bytes.length) write.call(socket, bytes.subarray(left), 'buffer' as BufferEncoding, callback);
    else callback();
  };
  socket._final = (callback) => {
    const left = stillDiscarded(socket);
    discarding.delete(socket);
    if (left === 0) final.call(socket, callback);
    else if (left > END)
      callback(new ProtocolError(`the client has ${left - END} octets more than were written`));
    else {
      onEndKnown();
      callback();
    }
  };
}
