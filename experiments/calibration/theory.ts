import type { Parameters } from '../experiment.ts';

/** Octets of a full Ethernet frame, of the document's part in it, and of a frame without payload (IPv6 + TCP with timestamps). */
const frameOctets = 1514;
const segmentOctets = 1428;
const headerOctets = frameOctets - segmentOctets;
/** RFC 6928: what a sender may send before the first acknowledgement. */
const initialWindow = 10;
/** More doublings than any window has. */
const maximumRounds = 100_000;

/**
 * How long a document of `bytes` should take between the client's SYN and the last segment leaving for the client, ms; see
 * docs/calibration.md for the derivation. `cs1Ms`: one-way latency, `rateKbit`: of Ethernet frames, `windowBytes`: the
 * largest that the receiver offers.
 */
export function bulkTimeMs({ bytes = 0, rateKbit = 1, cs1Ms = 0, windowBytes = 0 }: Parameters): number {
  const segments = Math.ceil(bytes / segmentOctets);
  const frameMs = (frameOctets * 8) / rateKbit;
  const roundTripMs = 2 * cs1Ms + frameMs;
  const largestWindow = Math.floor(windowBytes / segmentOctets);
  let idleMs = 0;
  let sent = 0;
  let window = initialWindow;
  for (let round = 0; round < maximumRounds && sent + window < segments; round++) {
    sent += window;
    idleMs += Math.max(0, roundTripMs - window * frameMs);
    window = Math.min(2 * window, largestWindow);
  }
  const wireBits = (bytes + segments * headerOctets) * 8;
  return 4 * cs1Ms + wireBits / rateKbit + idleMs;
}

/**
 * The share (%) of datagrams which one sent later overtakes, where delays are independent and uniform within ± `jitterMs`:
 * ∫ 1 − Π P(none of those behind is faster), over the delay, averaged over the places within a burst.
 */
export function reorderedPct({ jitterMs = 0, burst = 1, tickMs = 1 }: Parameters): number {
  if (jitterMs === 0) return 0;
  const width = 2 * jitterMs;
  const slower = (excess: number): number => Math.min(1, Math.max(0, 1 - excess / width));
  const steps = 1000;
  let kept = 0;
  for (let step = 0; step < steps; step++) {
    const x = ((step + 0.5) / steps) * width;
    let behind = 1;
    for (let tick = 1; tick * tickMs < x; tick++) behind *= slower(x - tick * tickMs) ** burst;
    for (let place = 0; place < burst; place++) kept += behind * slower(x) ** place;
  }
  return 100 * (1 - kept / (steps * burst));
}

/** Standard deviation of a delay uniform within ± `jitterMs`. */
export function uniformSdMs({ jitterMs = 0 }: Parameters): number {
  return jitterMs / Math.sqrt(3);
}
