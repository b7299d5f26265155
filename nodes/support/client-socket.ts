import net from 'node:net';

/** Of every client's socket, accepted or re-created: a client that has closed its side is still answered. */
const ANSWERED = { allowHalfOpen: true } as const;

/** Accepts clients' connections. */
export function clientListener(onSocket: (socket: net.Socket) => void): net.Server {
  return net.createServer(ANSWERED, onSocket);
}

/** A client's connection that stands, by its descriptor. */
export function clientSocket(descriptor: number): net.Socket {
  return new net.Socket({ fd: descriptor, readable: true, writable: true, ...ANSWERED });
}
