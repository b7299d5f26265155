import { setNumberOption } from '../socket-libc.ts';
import { TCP_USER_TIMEOUT } from '../socket-options.ts';

/**
 * Ends the connection (ETIMEDOUT) when octets sent have had no acknowledgement for `ms`, instead of after many minutes of
 * retransmissions (RFC 5482). It sends nothing by itself: an idle connection stays. Throws LabError.
 */
export function setUserTimeout(descriptor: number, ms: number): void {
  setNumberOption(descriptor, TCP_USER_TIMEOUT, Math.max(1, Math.round(ms)));
}
