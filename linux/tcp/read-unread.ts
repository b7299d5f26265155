import { receiveOctets } from '../socket-libc.ts';
import { unread } from './queue-length.ts';

/**
 * What has arrived and not been read, taken out of the kernel's queue, as an application takes it: the kernel measures by it how much its peer may
 * send, and offers it anew. Undefined where there is nothing. Throws LabError, of a connection that has been reset for one.
 */
export function readUnread(descriptor: number): Buffer | undefined {
  const waiting = unread(descriptor);
  if (waiting <= 0) return undefined;
  const octets = Buffer.allocUnsafe(waiting);
  const read = receiveOctets(descriptor, octets, 0, 'what a client has sent');
  return read > 0 ? octets.subarray(0, read) : undefined;
}
