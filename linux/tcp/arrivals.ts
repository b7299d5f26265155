import { TCP_STATE } from './connection-state.ts';
import { readTcpInfo } from './tcp-info.ts';

const US_PER_MS = 1000;
/** What a peer sends before it has heard anything (RFC 6928), segments: `TCP_INIT_CWND`, from which the kernel's measure begins. */
const FIRST_SEGMENTS = 10;
/** Nothing waits longer at a bottleneck on its way, ms; a round trip of which nothing is known takes as long (RFC 6298 §2.1). */
const LONGEST_QUEUE_MS = 1000;

/** How a peer's octets come. */
interface Arrivals {
  /** from what is said to the peer until nothing comes that it sent before, as far as is known, ms */
  readonly roundTripMs: number;
  /** since the last of them, ms */
  readonly sinceMs: number;
  /** more of them in a round trip than a peer sends that asks for something */
  readonly streams: boolean;
}

/** Of `struct tcp_info`, in its units. */
interface Measured {
  readonly announcedSegment: number;
  readonly readInRoundTrip: number;
  readonly roundTrip: number;
  readonly receiversRoundTrip: number;
  readonly lastData: number;
}

/** Undefined: none have come, or none can any more. Throws LabError. */
export function arrivalsOf(descriptor: number): Arrivals | undefined {
  const { state, received, ...measured } = readTcpInfo(
    descriptor,
    'announcedSegment',
    'readInRoundTrip',
    'state',
    'lastData',
    'roundTrip',
    'receiversRoundTrip',
    'received',
  );
  return state !== TCP_STATE.established || received === 0 ? undefined : arrivalsFrom(measured);
}

/**
 * As a receiver the kernel takes for a round trip what a window's worth of octets takes, or what passes between its word and the peer's next one: of a
 * peer that fills no window these are the peer's pauses, minutes of them. There the sender's measure is the way's.
 */
export function arrivalsFrom(measured: Measured): Arrivals {
  const { announcedSegment, readInRoundTrip, lastData: sinceMs } = measured;
  const own = measured.roundTrip / US_PER_MS;
  const receivers = measured.receiversRoundTrip / US_PER_MS;
  const isKnown = own > 0;
  const longest = Math.max(own, Math.min(receivers, own + LONGEST_QUEUE_MS));
  // Of what was read in a longer time than that.
  const read = receivers > longest ? (readInRoundTrip * longest) / receivers : readInRoundTrip;
  const streams = read > FIRST_SEGMENTS * announcedSegment;
  return { roundTripMs: streams || !isKnown ? longest : own, sinceMs, streams };
}
