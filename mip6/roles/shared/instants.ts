import type { Instant } from './role.ts';

/** Seconds, the RFC's unit, in an `Instant`'s milliseconds. */
export function secondsToMs(seconds: number): number {
  return seconds * 1000;
}

/** The earliest of the instants that are set. */
export function earliest(instants: Iterable<Instant | undefined>): Instant | undefined {
  let first: Instant | undefined;
  for (const instant of instants) {
    if (instant !== undefined && (first === undefined || instant < first)) first = instant;
  }
  return first;
}
