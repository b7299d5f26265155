import { setNumberOption } from '../socket-libc.ts';
import { TCP_WINDOW_CLAMP } from '../socket-options.ts';

/**
 * Bounds the receive window that the socket advertises, whatever its buffer could hold. Set it after the receive buffer
 * and the low-water mark, which lift the bound; with net.ipv4.tcp_moderate_rcvbuf=0 it stays. Throws LabError.
 */
export function boundReceiveWindow(descriptor: number, octets: number): void {
  setNumberOption(descriptor, TCP_WINDOW_CLAMP, octets);
}
