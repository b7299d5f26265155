import { TCP_STATE } from './connection-state.ts';
import { readTcpInfo } from './tcp-info.ts';

const US_PER_MS = 1000;
/** What a peer sends before it has heard anything (RFC 6928), segments: `TCP_INIT_CWND`, from which the kernel's measure begins. */
const FIRST_SEGMENTS = 10;

/** How a peer's octets come. */
interface Arrivals {
  /** the longer of what this end has measured as a sender and as a receiver, ms */
  readonly roundTripMs: number;
  /** since the last of them, ms */
  readonly sinceMs: number;
  /** more of them in a round trip than a peer sends that asks for something */
  readonly streams: boolean;
}

/** Undefined: none have come, or none can any more. Throws LabError. */
export function arrivalsOf(descriptor: number): Arrivals | undefined {
  const { state, lastData, roundTrip, receiversRoundTrip, received, ...reads } = readTcpInfo(
    descriptor,
    'announcedSegment',
    'readInRoundTrip',
    'state',
    'lastData',
    'roundTrip',
    'receiversRoundTrip',
    'received',
  );
  if (state !== TCP_STATE.established || received === 0) return undefined;
  return {
    roundTripMs: Math.max(roundTrip, receiversRoundTrip) / US_PER_MS,
    sinceMs: lastData,
    streams: reads.readInRoundTrip > FIRST_SEGMENTS * reads.announcedSegment,
  };
}
