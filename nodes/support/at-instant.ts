import { machineMs } from './monotonic.ts';

/** Node's timers count whole milliseconds from one of the loop's, and fire up to one late. */
const TIMER_SLACK_MS = 2;
/** Of a wait that a kernel may add to it (epoll: a thousandth, for a nice process five, at most 100 ms), with room to spare. */
const KERNEL_SLACK = 0.01;
/** A short wait may end as much late as a kernel’s slack of short timers (50 µs): the rest is waited for at the clock itself. */
const SHORT_SLACK_MS = 0.1;

const never = new Int32Array(new SharedArrayBuffer(4));

/** Nothing else is done in this process meanwhile. The time passes on the lab's clock, for which computing takes none. */
export function blockFor(ms: number): void {
  if (ms > 0) Atomics.wait(never, 0, 0, ms);
}

/**
 * Resolves at an instant of the machine's monotonic clock (ms, fractions too), at once when it is over. A timer alone would
 * be late by what the kernel allows itself, and keep the fraction of the millisecond at which it was set: whatever a program
 * does at its start would move all that follows. The process is blocked for the last ms.
 */
export async function atInstant(instantMs: number): Promise<void> {
  let rest = instantMs - machineMs();
  while (rest * (1 - KERNEL_SLACK) >= TIMER_SLACK_MS + 1) {
    await new Promise((resolve) => setTimeout(resolve, rest * (1 - KERNEL_SLACK) - TIMER_SLACK_MS));
    rest = instantMs - machineMs();
  }
  blockFor(rest - SHORT_SLACK_MS);
  while (machineMs() < instantMs);
}
