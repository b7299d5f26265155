import { monotonicMs } from './role-driver.ts';

/** Resolves at the next whole period from now, plus the phase: earlier repetitions have no say in when this one starts. */
export function repetitionStart(periodMs: number, phaseMs: number): Promise<void> {
  const now = monotonicMs();
  const start = (Math.floor(now / periodMs) + 1) * periodMs + phaseMs;
  return new Promise((resolve) => setTimeout(resolve, start - now));
}
