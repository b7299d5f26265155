import type { Server, Socket } from 'node:net';
import { LabError } from '../lab-error.ts';

/** What Node's TCP wrap has and its types do not tell. */
interface TcpWrap {
  readonly fd: number;
  /** octets that libuv has been given, and those of them that it still has */
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
  /** Node's own note whether libuv reads */
  reading: boolean;
  readStart(): number;
  readStop(): number;
}

/** Whether there is a descriptor under it still. */
export function hasDescriptor(socket: Socket | Server): boolean {
  return isTcpWrap(Reflect.get(socket, '_handle'));
}

/** The descriptor under a connected or listening Node socket, which stays Node's to close. Throws LabError when it has none any more. */
export function descriptorOf(socket: Socket | Server): number {
  return wrapOf(socket).fd;
}

/**
 * Stops Node from reading the socket: what arrives stays in the kernel's queue, part of the connection's state.
 * `pause()` alone would let libuv read on. Only `startReading` starts again. Throws LabError.
 */
export function stopReading(socket: Socket): void {
  const wrap = wrapOf(socket);
  socket.pause();
  wrap.reading = false;
  wrap.readStop();
}

/**
 * Ends `stopReading`. `resume()` would not do: the stream believes that a read is still under way, and drops what comes while nobody
 * listens, as between two applications of the socket. Without a listener the stream is as new: octets wait in it for the first listener. Throws LabError.
 */
export function startReading(socket: Socket): void {
  const wrap = wrapOf(socket);
  wrap.reading = true;
  wrap.readStart();
  if (socket.listenerCount('data') > 0) socket.resume();
  else flowOf(socket).flowing = null;
}

/** Octets that have been written to the socket, and that the kernel does not have yet. Throws LabError. */
export function octetsBeforeKernel(socket: Socket): number {
  const { bytesWritten, writeQueueSize } = wrapOf(socket);
  return socket.bytesWritten - (bytesWritten - writeQueueSize);
}

/**
 * What the socket's stream has read and not given to its application, which stays there, in the order in which it will be given. Throws LabError where
 * it is not octets any more (`setEncoding`).
 */
export function readAhead(socket: Socket): Uint8Array {
  if (socket.readableLength === 0) return new Uint8Array(0);
  const state: unknown = Reflect.get(socket, '_readableState');
  const { buffer, bufferIndex } = state as {
    readonly buffer: readonly unknown[];
    readonly bufferIndex: number;
  };
  const chunks = buffer.slice(bufferIndex).filter((chunk): chunk is Buffer => Buffer.isBuffer(chunk));
  const octets = Buffer.concat(chunks);
  if (octets.length === socket.readableLength) return octets;
  throw new LabError('what waits in a socket for its application is no octets', {
    remedy: 'do without setEncoding, on the Node version that the lab pins',
  });
}

/** Node's note whether the stream flows: `null` before anybody has listened or paused. */
function flowOf(socket: Socket): { flowing: boolean | null } {
  const state: unknown = Reflect.get(socket, '_readableState');
  if (typeof state === 'object' && state !== null && 'flowing' in state)
    return state as { flowing: boolean | null };
  throw new LabError('a socket that is no readable stream as Node has it', {
    remedy: 'use the Node version that the lab pins',
  });
}

function wrapOf(socket: Socket | Server): TcpWrap {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (isTcpWrap(handle)) return handle;
  throw new LabError('a socket without a descriptor', {
    remedy: 'use it between "connect" and "close", on the Node version that the lab pins',
  });
}

function isTcpWrap(handle: unknown): handle is TcpWrap {
  if (typeof handle !== 'object' || handle === null) return false;
  const fd: unknown = Reflect.get(handle, 'fd');
  return typeof fd === 'number' && fd >= 0 && typeof Reflect.get(handle, 'readStop') === 'function';
}
