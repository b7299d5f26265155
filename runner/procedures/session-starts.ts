import type { Cell } from '../cells.ts';
import { startPhases } from './testbed.ts';

/**
 * In wall time, where waiting is not free: for the last acknowledgements and the deletion of the binding (§11.7.1, first
 * retransmissions after 1 and 2 s). TIME-WAIT is left to run: the client's kernel takes another port for each connection.
 */
const wallRestMs = 5000;
const wallPeriodMs = 1000;
/** Where computing takes time a session that is not measured comes first: the processes' code is not compiled before it has run. */
export const wallWarmUps = 1;
/** for the last acknowledgements and the deletion of the binding, retransmissions included */
export const lingerMs = 5000;
const phaseRangeMs = 1000;

/** When a client's sessions start: where waiting is free at multiples of `periodMs` and a phase each, on the wall clock a rest after another. */
export function sessionStarts(cell: Cell, periodMs: number) {
  const phasesMs = startPhases(cell, phaseRangeMs);
  if (cell.clock === 'virtual') return { periodMs, phasesMs };
  const withWarmUps = [...Array<number>(wallWarmUps).fill(0), ...phasesMs];
  if (cell.clock === 'elastic') return { periodMs, phasesMs: withWarmUps, warmUps: wallWarmUps };
  return {
    periodMs: wallPeriodMs,
    phasesMs: withWarmUps.map((phase) => wallRestMs + phase),
    warmUps: wallWarmUps,
  };
}

/** About how long all sessions of a cell take on the wall clock, s. */
export function sessionsSeconds({ repetitions }: Pick<Cell, 'repetitions'>, sessionMs: number): number {
  const restedMs = wallRestMs + phaseRangeMs / 2 + wallPeriodMs / 2;
  return ((repetitions + wallWarmUps) * (sessionMs + restedMs) + lingerMs) / 1000;
}
