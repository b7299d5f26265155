import type { Position, ReplicaState, Standing } from './successor-types.ts';

/** Segments that a sender may send on a path it knows nothing of (RFC 6928 §2). */
const INITIAL_WINDOW = 10;
/** TCP timestamps, and the Home Address option of route optimisation (RFC 6275 §6.3). */
const OPTION_OCTETS = 12 + 24;

/** Where a connection goes on whose client stands there; `whyNot`, in words, where nobody can. */
export function positionAt(
  state: ReplicaState,
  standing: Standing,
): { readonly position: Position; readonly whyNot?: string } {
  const sent = (standing.acknowledgement - state.sendUnacknowledged) | 0;
  const segment = Math.max(1, state.maximumSegmentSize - OPTION_OCTETS);
  const position = {
    acknowledgement: standing.acknowledgement,
    sent,
    window: standing.window * 2 ** (state.windowScale?.send ?? 0),
    lastUpdateSequence: standing.sequence,
    timestamp: standing.timestampEcho === undefined ? undefined : (standing.timestampEcho + 1) >>> 0,
    // An acknowledgement of what has not been sent here is ignored (RFC 9293 §3.10.7.4): what the client holds out of order has to be passed before
    // the hole in front of it is filled.
    segments: Math.ceil(standing.beyond / segment) + INITIAL_WINDOW,
  };
  if (sent >= 0) return { position };
  return { position, whyNot: `the client lacks ${-sent} octets from before the state that is kept here` };
}

/** Octets of the client's that came to the holder, or were on their way to it, behind `next`, up to where they are kept here: 0 when there are none. */
export function inputBehind(
  state: ReplicaState,
  { sequence }: Standing,
  next: number = state.receiveNext,
): number {
  return Math.max(0, (sequence - next) | 0);
}

/**
 * SND.WL1 of a socket that awaits `receiveNext` and offers `window` octets. The client may have sent more than that since the state was taken, whose window has
 * grown, and the kernel takes no number from beyond: any earlier one lets what comes next set the window.
 */
export function lastUpdateWithin(sequence: number, receiveNext: number, window: number): number {
  return ((sequence - receiveNext) | 0) > window ? receiveNext : sequence;
}
