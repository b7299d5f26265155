import { getNumberOption, setNumberOption } from '../socket-libc.ts';
import { SO_SNDBUF, SO_SNDBUFFORCE } from '../socket-options.ts';

/**
 * Bounds what the kernel queues for sending, sockets accepted later included when set on a listener. `octets` as
 * setsockopt takes them: the kernel counts double that, its own overhead included. Throws LabError.
 */
export function setSendBuffer(descriptor: number, octets: number): void {
  try {
    setNumberOption(descriptor, SO_SNDBUFFORCE, octets);
  } catch (error) {
    // The machine's root alone may pass its limit (net.core.wmem_max); below it anybody gets what he asks for.
    setNumberOption(descriptor, SO_SNDBUF, octets);
    if (getNumberOption(descriptor, SO_SNDBUF) < 2 * octets) throw error;
  }
}
