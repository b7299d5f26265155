import type { Cell } from '../cells.ts';
import type { Disturbance } from './disturbances.ts';
import { startPhases } from './testbed.ts';

/** the values of the parameter `ending` */
const endings = ['crash', 'cut', 'leave'] as const;
/** TCP connections are opened at this time of a repetition, ms */
export const visitsMs = 1000;
/** until the members of the old order serve again, at the profiles' latencies */
const restartMs = 4000;
const handBackMs = 2500;
/** Where packets are lost everything takes some retransmissions longer, each of a second or more at first, the outage too … */
const retransmissionsMs = 5000;
const longerOutageMs = 2000;
/** … and a document, whose size is reckoned without them, some times as long. */
const slowdown = 4;

/** Of repetitions, on the schedule's clock, ms. */
export interface TakeoverTimes {
  readonly starts: readonly number[];
  /** when the contact node ends */
  readonly ends: readonly number[];
  /** datagrams go out so long before the end … */
  readonly aroundMs: number;
  /** … and so long after it: no outage is longer */
  readonly longestMs: number;
  /** from the last datagram on: for its answer, and for the end of the documents */
  readonly settleMs: number;
  /** from then on: until the members of the old order serve again */
  readonly restartMs: number;
  /** from then on: a document that is not whole never will be */
  readonly graceMs: number;
  readonly periodMs: number;
}

/** Of all repetitions of a cell. */
export function timesOf(cell: Cell): TakeoverTimes {
  const { ending, heartbeatMs = 0, suspectMs = 0, memberMs = 0, homeMs = 0, csMs = 0 } = cell.parameters;
  const lossy = (cell.parameters.lossPct ?? 0) > 0;
  const roundTripMs = 2 * (csMs + homeMs);
  const detectionMs = ending === 1 ? suspectMs + heartbeatMs + memberMs : 3 * memberMs;
  const longestMs = detectionMs + 2 * homeMs + roundTripMs + 150 + (lossy ? longerOutageMs : 0);
  const aroundMs = 150 + roundTripMs;
  const settleMs = 100 + roundTripMs;
  // The route is optimised and the first handoff over, and then there is a second to compare with.
  const untilEndMs = visitsMs + 1300 + 24 * csMs + 8 * (homeMs + memberMs) + (lossy ? retransmissionsMs : 0);
  const busyMs = untilEndMs + heartbeatMs + longestMs + settleMs;
  const slowMs = farMs(cell) + (lossy ? 2 * retransmissionsMs : 0);
  const graceMs = slowMs + (lossy ? slowdown * busyMs : 0);
  const restoringMs = restartMs + 2 * handBackMs + 3 * slowMs;
  const periodMs = Math.ceil((busyMs + Math.max(restoringMs, restartMs + graceMs)) / 1000) * 1000;
  const starts = Array.from({ length: cell.repetitions }, (_, repetition) => repetition * periodMs);
  const phases = startPhases(cell, heartbeatMs);
  const ends = starts.map((start, repetition) => start + untilEndMs + phases[repetition]!);
  const waits = { aroundMs, longestMs, settleMs, restartMs: restartMs + slowMs, graceMs };
  return { starts, ends, ...waits, periodMs };
}

/**
 * Beyond the profiles' latencies: what connections, handshakes and the way to an optimised route take longer. At the end a document
 * lacks what did not come meanwhile.
 */
function farMs({ parameters: { memberMs = 0, homeMs = 0 } }: Cell): number {
  return Math.max(0, 12 * (homeMs + memberMs) - 2000);
}

/** What the conductor does: in each repetition the contact node, node2, ends; then the first order is restored. */
export function stepsOf({ parameters, repetitions }: Cell, times: TakeoverTimes): readonly Disturbance[] {
  const action = endings[parameters.ending ?? 0] ?? 'crash';
  return times.ends.flatMap((endMs, repetition): Disturbance[] => {
    const observedMs = endMs + times.longestMs + times.settleMs;
    const whole: Disturbance[] = [
      ...(repetition === 0 ? [{ atMs: 0, action: 'run', target: 'visitors' } as const] : []),
      { atMs: endMs - times.aroundMs, action: 'run', target: `datagrams-${repetition}` },
      { atMs: endMs, action, target: 'node2', repetition },
      { atMs: observedMs, action: 'mark', target: 'observed', repetition },
    ];
    if (repetition === repetitions - 1) return whole;
    const restoredMs = observedMs + times.restartMs;
    return [
      ...whole,
      { atMs: observedMs, action: action === 'cut' ? 'heal' : 'start', target: 'node2' },
      { atMs: restoredMs, action: 'leave', target: 'node3' },
      { atMs: restoredMs + 1, action: 'start', target: 'node3' },
    ];
  });
}
