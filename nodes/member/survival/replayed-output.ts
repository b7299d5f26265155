import type net from 'node:net';

/** octets that are thrown away still, by socket */
const discarding = new WeakMap<net.Socket, number>();

/** Octets that will be written to the socket and go nowhere. */
export function stillDiscarded(socket: net.Socket): number {
  return discarding.get(socket) ?? 0;
}

/**
 * The first `octets` that are written to the socket go nowhere: the client has them, of a member that has died, and the application makes them again. What
 * comes behind them goes out as ever.
 */
export function discardFirst(socket: net.Socket, octets: number): void {
  if (octets <= 0) return;
  discarding.set(socket, octets);
  const { _write: write, _writev: writeMany } = socket;
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
}
