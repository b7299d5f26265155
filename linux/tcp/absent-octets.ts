import { createHash } from 'node:crypto';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { concatOctets, equalOctets } from '../../mip6/wire/octets.ts';
import type { TcpConnectionState } from './state.ts';

/** Octets of a digest: by chance none is another queue's. */
export const DIGEST_OCTETS = 8;
const NONE = new Uint8Array(0);

/** Makes the last `octets` octets that were written to a connection; undefined where that is not possible. */
export type MakesAgain = (octets: number) => Uint8Array | undefined;

/** The head of the SHA-256 of a queue. */
export function digestOf(octets: Uint8Array): Uint8Array {
  return createHash('sha256').update(octets).digest().subarray(0, DIGEST_OCTETS);
}

/**
 * The state of a connection whose last octet is to be sent while it travels: all that has been written counts as sent, more perhaps than the peer's window
 * takes at once. `aheadMs`: by how much the timestamps of who goes on begin later.
 */
export function upToCut(state: TcpConnectionState, aheadMs: number): TcpConnectionState {
  const { timestamp, window } = state;
  const sent = concatOctets(state.sent, state.unsent);
  return {
    ...state,
    timestamp: timestamp === undefined ? undefined : (timestamp + Math.ceil(aheadMs)) >>> 0,
    window: { ...window, largestSend: Math.max(window.largestSend, sent.length) },
    sent,
    unsent: NONE,
  };
}

/** The state without the octets of its queue towards the peer, if `make` makes the very same; as it is where there are none, or others. */
export function leaveOut(state: TcpConnectionState, make: MakesAgain): TcpConnectionState {
  const { sent, unsent } = state;
  const queue = concatOctets(sent, unsent);
  if (queue.length === 0) return state;
  const made = make(queue.length);
  if (made === undefined || !equalOctets(made, queue)) return state;
  const absent = { sent: sent.length, unsent: unsent.length, digest: digestOf(queue) };
  return { ...state, sent: NONE, unsent: NONE, absent };
}

/** The whole state again. Throws DecodeError when `make` makes no such octets. */
export function putBack(state: TcpConnectionState, make: MakesAgain): TcpConnectionState {
  const { absent, ...rest } = state;
  if (absent === undefined) return state;
  const octets = absent.sent + absent.unsent;
  const made = make(octets);
  if (made?.length !== octets || !equalOctets(digestOf(made), absent.digest))
    throw new DecodeError(
      'illegal-value',
      'queues',
      `the application does not make the last ${octets} octets again to port ${state.remote.port}`,
    );
  return { ...rest, sent: made.subarray(0, absent.sent), unsent: made.subarray(absent.sent) };
}
