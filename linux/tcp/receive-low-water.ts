import { setNumberOption } from '../socket-libc.ts';
import { SO_RCVLOWAT } from '../socket-options.ts';

/**
 * The socket becomes readable only when `octets` wait, or at the end of the stream: few wake-ups for a bulk reader.
 * The kernel grows the receive buffer to twice as much. Set it back to 1 before waiting for less. Throws LabError.
 */
export function setReceiveLowWater(descriptor: number, octets: number): void {
  setNumberOption(descriptor, SO_RCVLOWAT, octets);
}
