import { setNumberOption } from '../socket-libc.ts';
import { SO_SNDBUFFORCE } from '../socket-options.ts';

/**
 * Bounds what the kernel queues for sending, sockets accepted later included when set on a listener. `octets` as
 * setsockopt takes them: the kernel counts double that, its own overhead included. Throws LabError.
 */
export function setSendBuffer(descriptor: number, octets: number): void {
  setNumberOption(descriptor, SO_SNDBUFFORCE, octets);
}
