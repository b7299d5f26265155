import type net from 'node:net';
import { freeze } from '../../linux/tcp/freeze.ts';
import { descriptorOf, hasDescriptor, stopReading } from '../../linux/tcp/node-socket.ts';

const silenced = new WeakSet<net.Socket>();

/** What was on its way from this socket never gets there by it. */
export function isSilenced(socket: net.Socket): boolean {
  return silenced.has(socket);
}

/** Takes a live socket from its application: it closes without a packet to the client. */
export function stopSilently(socket: net.Socket): void {
  fallSilent(socket);
  socket.destroy();
}

/** Nothing leaves the socket any more, not even when it is closed or this process ends. */
export function fallSilent(socket: net.Socket): void {
  if (!hasDescriptor(socket)) return;
  silenced.add(socket);
  stopReading(socket);
  freeze(descriptorOf(socket));
}
