import { getOption } from '../socket-libc.ts';
import { TCP_INFO } from '../socket-options.ts';
import { TCP_STATE } from './connection-state.ts';

/** Fields of `struct tcp_info`, offsets in octets; u32 but for the state, one octet, and `received`, eight. */
const INFO = {
  state: 0,
  lastData: 52,
  roundTrip: 68,
  receiversRoundTrip: 92,
  received: 128,
  octets: 136,
} as const;
const US_PER_MS = 1000;

/** How a peer's octets come. */
interface Arrivals {
  /** the longer of what this end has measured as a sender and as a receiver, ms */
  readonly roundTripMs: number;
  /** since the last of them, ms */
  readonly sinceMs: number;
}

/** Undefined: none have come, or none can any more. Throws LabError. */
export function arrivalsOf(descriptor: number): Arrivals | undefined {
  const info = getOption(descriptor, TCP_INFO, INFO.octets);
  if (info[INFO.state] !== TCP_STATE.established || info.readBigUInt64LE(INFO.received) === 0n)
    return undefined;
  const roundTripUs = Math.max(info.readUInt32LE(INFO.roundTrip), info.readUInt32LE(INFO.receiversRoundTrip));
  return { roundTripMs: roundTripUs / US_PER_MS, sinceMs: info.readUInt32LE(INFO.lastData) };
}
