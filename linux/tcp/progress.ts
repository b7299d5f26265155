import { readTcpInfo } from './tcp-info.ts';

/** What a socket has sent for the first time, and received in order, since it was made. Throws LabError. */
export function progressOf(descriptor: number): { readonly sent: number; readonly received: number } {
  const { sent, retransmitted, received } = readTcpInfo(descriptor, 'sent', 'retransmitted', 'received');
  return { sent: sent - retransmitted, received };
}
