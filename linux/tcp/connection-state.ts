import { readTcpInfo } from './tcp-info.ts';

/** States of a TCP connection by RFC 9293's names and the kernel's numbers (`net/tcp_states.h`). */
export const TCP_STATE = {
  established: 1,
  synSent: 2,
  synReceived: 3,
  finWait1: 4,
  finWait2: 5,
  timeWait: 6,
  closed: 7,
  closeWait: 8,
  lastAck: 9,
  listen: 10,
  closing: 11,
} as const;

const NAMES: readonly string[] = [
  'unknown',
  'ESTABLISHED',
  'SYN-SENT',
  'SYN-RECEIVED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'TIME-WAIT',
  'CLOSED',
  'CLOSE-WAIT',
  'LAST-ACK',
  'LISTEN',
  'CLOSING',
];

/** RFC 9293's name of a kernel state. */
export function stateName(state: number): string {
  return NAMES[state] ?? `state ${state}`;
}

/** The kernel's number of the connection's state, one of `TCP_STATE`. Throws LabError. */
export function connectionState(descriptor: number): number {
  return readTcpInfo(descriptor, 'state').state;
}
