import { constants } from 'node:os';

/** Signals that ask a program to end: Ctrl-C, kill, and a terminal that goes. */
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type EndSignal = (typeof endSignals)[number];

/**
 * Calls `ask` at the first of them. Behind that each has its usual effect again, so a second one ends the process at once.
 */
export function onEndSignal(ask: (signal: EndSignal) => void): void {
  for (const signal of endSignals) process.once(signal, () => ask(signal));
}

/**
 * Ends this process by the signal itself, as if nobody had waited for it. Not by `process.exit()`: that joins worker threads, and one that
 * does not end would hold the process for good.
 */
export function endBy(signal: EndSignal): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** As shells have it: 128 + the signal's number. */
export function statusOf(signal: EndSignal): number {
  return 128 + constants.signals[signal];
}
