import { fillsItsPath, octetsPerMs } from './delivery-rate.ts';
import type { FlightTimes } from './flight-times.ts';
import { outstanding, unsent } from './queue-length.ts';
import { readTcpInfo } from './tcp-info.ts';

const US_PER_MS = 1000;
/** What the kernel says for a least round trip that it has not measured. */
const UNMEASURED = 0xffff_ffff;

/** What the kernel knows of the way to a connection's peer. */
export interface PathState {
  /** smoothed, ms */
  readonly roundTripMs: number;
  /** mean deviation, ms */
  readonly variationMs: number;
  /** the least of the last five minutes (`tcp_min_rtt_wlen`), ms */
  readonly leastRoundTripMs: number;
  /** since the peer acknowledged something last, ms */
  readonly sinceAcknowledgementMs: number;
  /** octets written that it has not acknowledged */
  readonly outstanding: number;
}

/** Congestion states (`tcpi_ca_state`) of a connection that has no loss to repair: Open, CWR. */
const NO_LOSS: readonly number[] = [0, 2];

/** Something on its way to the peer has been lost, or come out of order: acknowledgements say so, and it is not mended yet. Throws LabError. */
export function isRepairingLoss(descriptor: number): boolean {
  return !NO_LOSS.includes(readTcpInfo(descriptor, 'congestionState').congestionState);
}

/** What a connection has not sent yet (`delivery-rate.ts`, `flight-times.ts`). */
export interface UnsentOctets {
  readonly octets: number;
  /** on average */
  readonly perMs: number;
  readonly evenly: boolean;
  /** ms until all have left, of those that do not leave evenly; absent: not known */
  readonly leaveInMs?: number;
}

/** To be called often: `times` are those of earlier calls for the same connection, `now` is in ms. Throws LabError. */
export function unsentOf(descriptor: number, times: FlightTimes, now: number): UnsentOctets {
  const info = readTcpInfo(
    descriptor,
    ...(['deliveryRate', 'roundTrip', 'leastRoundTrip', 'acknowledged', 'sent', 'retransmitted'] as const),
  );
  const octets = unsent(descriptor);
  const inFlight = outstanding(descriptor) - octets;
  const [perMs, evenly] = [octetsPerMs({ ...info, inFlight }), fillsItsPath(info)];
  const { acknowledged, roundTrip } = info;
  const sent = acknowledged + inFlight;
  times.note(now, sent);
  const flight = { acknowledged, sent, unsent: octets, roundTripMs: roundTrip / US_PER_MS };
  const leaveInMs = evenly ? undefined : times.leavesInMs(flight, now);
  return { octets, perMs, evenly, ...(leaveInMs === undefined ? {} : { leaveInMs }) };
}

/** The least round trip of the last minutes; undefined as long as none has been measured. Throws LabError. */
export function leastRoundTripMs(descriptor: number): number | undefined {
  const { leastRoundTrip } = readTcpInfo(descriptor, 'leastRoundTrip');
  return leastRoundTrip === UNMEASURED ? undefined : leastRoundTrip / US_PER_MS;
}

/** Undefined as long as no round trip has been measured, as of a socket that has just been re-created. Throws LabError. */
export function pathState(descriptor: number): PathState | undefined {
  const { roundTrip, variation, leastRoundTrip, lastAcknowledgement } = readTcpInfo(
    descriptor,
    'roundTrip',
    'variation',
    'leastRoundTrip',
    'lastAcknowledgement',
  );
  if (leastRoundTrip === UNMEASURED) return undefined;
  return {
    roundTripMs: roundTrip / US_PER_MS,
    variationMs: variation / US_PER_MS,
    leastRoundTripMs: leastRoundTrip / US_PER_MS,
    sinceAcknowledgementMs: lastAcknowledgement,
    outstanding: outstanding(descriptor),
  };
}
