import type net from 'node:net';

/** The file descriptor under a connected or listening socket; throws TypeError when it is closed. */
export function descriptorOf(socket: net.Socket | net.Server): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof fd !== 'number' || fd < 0)
    throw new TypeError('the socket has no file descriptor: it is closed');
  return fd;
}
