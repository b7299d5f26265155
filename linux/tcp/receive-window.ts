import type { Socket } from 'node:net';
import { release } from 'node:os';
import { setNumberOption } from '../socket-libc.ts';
import { TCP_WINDOW_CLAMP } from '../socket-options.ts';
import { descriptorOf } from './node-socket.ts';

/** Shorter than any path's round trip in an experiment: what is offered in between is on its way still when the bound is back. */
const AGAIN_MS = 5;

/**
 * Bounds the receive window that the socket advertises, octets, whatever its buffer could hold. Set it after the receive buffer
 * and the low-water mark, which lift the bound; with net.ipv4.tcp_moderate_rcvbuf=0 it stays, up to Linux 6.6. Later kernels
 * forget it with the first full segment (tcp_measure_rcv_mss()): there it is set again and again. Throws LabError.
 */
export function boundReceiveWindow(socket: Socket, octets: number): void {
  const set = (): void => setNumberOption(descriptorOf(socket), TCP_WINDOW_CLAMP, octets);
  set();
  if (!forgetsWindowClamp(release())) return;
  const again = setInterval(() => !socket.destroyed && set(), AGAIN_MS);
  socket.once('close', () => clearInterval(again));
}

/** Whether a kernel of this release (`6.12.3-amd64`) overwrites TCP_WINDOW_CLAMP; so does every one from 6.7 on. */
export function forgetsWindowClamp(kernelRelease: string): boolean {
  const [major = 0, minor = 0] = kernelRelease.split('.').map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 7);
}
