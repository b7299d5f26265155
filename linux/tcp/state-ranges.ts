import type { TcpConnectionState } from './state.ts';

/** RFC 7323 §2.3 */
const LARGEST_SCALE = 14;
const LARGEST_UNSCALED = 65_535;
/** Linux' tcp_min_snd_mss: the kernel cuts no smaller segments, whatever a peer has announced */
const LEAST_SEGMENT = 48;
/** What is to be made again is memory that a donor has its acceptor use without sending it: no more than an Init could bring. */
const LONGEST_ABSENT = 16 * 2 ** 20;
/** Half of the sequence numbers, less one: two of one connection are never further apart. */
const FARTHEST = 2 ** 31 - 1;

/**
 * Why no kernel can have given this state, in words; undefined when one can. The values of each field are the codec's business; this is
 * what they say of each other, which another host may have made up: windows within their scale, numbers within the windows.
 */
export function whyImpossible(state: TcpConnectionState): string | undefined {
  const { maximumSegmentSize, window, windowScale, received, absent } = state;
  const { sent, unsent } = absent ?? { sent: state.sent.length, unsent: state.unsent.length };
  const largest = (scale = 0): number => LARGEST_UNSCALED * 2 ** scale;
  if (maximumSegmentSize < LEAST_SEGMENT) return `segments of ${maximumSegmentSize} octets`;
  if (windowScale !== undefined && Math.max(windowScale.send, windowScale.receive) > LARGEST_SCALE)
    return `a window scale above ${LARGEST_SCALE}`;
  // An acceptor takes what was in flight for delivered (RestoreOptions.inFlightLeftWindow): once more the window.
  // One whose octets are made again counts all that was written as sent, in as many windows as it takes (upToCut).
  if (window.largestSend > Math.max(2 * largest(windowScale?.send), absent?.sent ?? 0))
    return `a send window of ${window.largestSend} octets with scale ${windowScale?.send ?? 0}`;
  if (window.receive > largest(windowScale?.receive))
    return `a receive window of ${window.receive} octets with scale ${windowScale?.receive ?? 0}`;
  if (sent > window.largestSend) return `${sent} octets sent, with a window of ${window.largestSend} at most`;
  if (received.length + sent + unsent > FARTHEST) return 'queues longer than sequence numbers reach';
  if (absent !== undefined && sent + unsent > LONGEST_ABSENT)
    return `${sent + unsent} octets that are to be made again, and at most ${LONGEST_ABSENT} are`;
  return whyOutOfOrder(state);
}

/** The window is in order by the rules with which the kernel checks TCP_REPAIR_WINDOW. */
function whyOutOfOrder({ receiveNext, receivedFin, window }: TcpConnectionState): string | undefined {
  // A FIN has a number of its own, behind the last octet.
  const next = receiveNext + (receivedFin ? 1 : 0);
  const behind = (sequence: number, other: number): number => (sequence - other) | 0;
  if (behind(window.receiveUpdate, next) > 0) return 'a window told ahead of what was received';
  if (behind(window.lastUpdateSequence, next) > window.receive)
    return 'a window update from beyond the receive window';
  return undefined;
}
