import { getOption } from '../socket-libc.ts';
import { TCP_INFO } from '../socket-options.ts';
import { outstanding } from './queue-length.ts';

/** Fields of `struct tcp_info`, offsets in octets; each is a u32. */
const INFO = {
  lastAcknowledgement: 56,
  roundTrip: 68,
  variation: 72,
  leastRoundTrip: 148,
  octets: 152,
} as const;
const US_PER_MS = 1000;

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

/** `tcpi_ca_state`: an octet, and its values for a connection that has no loss to repair: Open, CWR. */
const CONGESTION_STATE = 1;
const NO_LOSS: readonly number[] = [0, 2];

/** Something on its way to the peer has been lost, or come out of order: acknowledgements say so, and it is not mended yet. Throws LabError. */
export function isRepairingLoss(descriptor: number): boolean {
  return !NO_LOSS.includes(getOption(descriptor, TCP_INFO, INFO.octets).readUInt8(CONGESTION_STATE));
}

/** Throws LabError. */
export function pathState(descriptor: number): PathState {
  const info = getOption(descriptor, TCP_INFO, INFO.octets);
  return {
    roundTripMs: info.readUInt32LE(INFO.roundTrip) / US_PER_MS,
    variationMs: info.readUInt32LE(INFO.variation) / US_PER_MS,
    leastRoundTripMs: info.readUInt32LE(INFO.leastRoundTrip) / US_PER_MS,
    sinceAcknowledgementMs: info.readUInt32LE(INFO.lastAcknowledgement),
    outstanding: outstanding(descriptor),
  };
}
