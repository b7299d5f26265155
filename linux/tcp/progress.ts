import { getOption } from '../socket-libc.ts';
import { TCP_INFO } from '../socket-options.ts';

/** In `struct tcp_info`: 64-bit counters, offsets in octets. */
const INFO = { received: 128, sent: 200, retransmitted: 208, octets: 216 } as const;

/** What a socket has sent for the first time, and received in order, since it was made. Throws LabError. */
export function progressOf(descriptor: number): { readonly sent: number; readonly received: number } {
  const info = getOption(descriptor, TCP_INFO, INFO.octets);
  const counter = (at: number): number => Number(info.readBigUInt64LE(at));
  return { sent: counter(INFO.sent) - counter(INFO.retransmitted), received: counter(INFO.received) };
}
