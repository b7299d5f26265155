import { atInstant } from './at-instant.ts';
import { machineMs } from './monotonic.ts';

/** Resolves at the next whole period from now, plus the phase: neither earlier repetitions nor the start of a program have a say in when this one starts. */
export function repetitionStart(periodMs: number, phaseMs: number): Promise<void> {
  return atInstant(nextPeriod(periodMs) + phaseMs);
}

/** The next instant that is a multiple of the period on the monotonic clock, ms. */
export function nextPeriod(periodMs: number): number {
  return (Math.floor(machineMs() / periodMs) + 1) * periodMs;
}
