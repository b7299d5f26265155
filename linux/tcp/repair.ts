import { getNumberOption, setNumberOption } from '../socket-libc.ts';
import { TCP_QUEUE_SEQ, TCP_REPAIR_QUEUE } from '../socket-options.ts';

/** TCP_REPAIR_QUEUE: which queue reads, writes and TCP_QUEUE_SEQ of a socket in repair mode concern. */
export const QUEUE = { none: 0, receive: 1, send: 2 } as const;
export type QueueNumber = (typeof QUEUE)[keyof typeof QUEUE];

/** `struct tcp_repair_window`: five unsigned 32-bit numbers, offsets in octets. */
export const REPAIR_WINDOW = {
  lastUpdateSequence: 0,
  send: 4,
  largestSend: 8,
  receive: 12,
  receiveUpdate: 16,
  octets: 20,
} as const;

/** TCP option kinds (RFC 9293 §3.2, RFC 2018, RFC 7323) that TCP_REPAIR_OPTIONS takes. */
export const OPTION_KIND = {
  maximumSegmentSize: 2,
  windowScale: 3,
  selectiveAcknowledgement: 4,
  timestamps: 8,
} as const;

/** Chooses the queue. */
export function selectQueue(descriptor: number, queue: QueueNumber): void {
  setNumberOption(descriptor, TCP_REPAIR_QUEUE, queue);
}

/** The chosen queue's end: RCV.NXT, or the sequence number of the next octet written. */
export function queueEnd(descriptor: number): number {
  return getNumberOption(descriptor, TCP_QUEUE_SEQ);
}

/** `a - b` in sequence space. */
export function sequenceMinus(sequence: number, octets: number): number {
  return (sequence - octets) >>> 0;
}
