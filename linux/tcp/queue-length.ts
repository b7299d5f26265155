import { ioctlNumber } from '../socket-libc.ts';

const SIOCINQ = 0x541b;
const SIOCOUTQ = 0x5411;
const SIOCOUTQNSD = 0x894b;

/** Octets written and not yet acknowledged by the peer, sent or not (a FIN counts one). Throws LabError. */
export function outstanding(descriptor: number): number {
  return ioctlNumber(descriptor, SIOCOUTQ, 'SIOCOUTQ');
}

/** Octets written and not yet sent. Throws LabError. */
export function unsent(descriptor: number): number {
  return ioctlNumber(descriptor, SIOCOUTQNSD, 'SIOCOUTQNSD');
}

/** Octets arrived and not yet read. Throws LabError. */
export function unread(descriptor: number): number {
  return ioctlNumber(descriptor, SIOCINQ, 'SIOCINQ');
}
