import { setOption } from '../socket-libc.ts';
import { SO_LINGER } from '../socket-options.ts';

/**
 * Whether the end of the socket, also by the end of its process, discards what is queued and resets the connection instead
 * of sending the rest and a FIN. Where resets do not leave the machine, the connection then falls silent. Throws LabError.
 */
export function setAbortiveClose(descriptor: number, abortive: boolean): void {
  const value = Buffer.alloc(8); // struct linger: on or off, seconds
  value.writeInt32LE(abortive ? 1 : 0, 0);
  setOption(descriptor, SO_LINGER, value);
}
