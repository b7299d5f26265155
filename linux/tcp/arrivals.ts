import { TCP_STATE } from './connection-state.ts';
import { readTcpInfo } from './tcp-info.ts';

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
  const { state, lastData, roundTrip, receiversRoundTrip, received } = readTcpInfo(
    descriptor,
    'state',
    'lastData',
    'roundTrip',
    'receiversRoundTrip',
    'received',
  );
  if (state !== TCP_STATE.established || received === 0) return undefined;
  return { roundTripMs: Math.max(roundTrip, receiversRoundTrip) / US_PER_MS, sinceMs: lastData };
}
