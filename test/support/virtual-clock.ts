import type { TestContext } from 'node:test';

/** Timers and the monotonic clock of this process, moved by a test alone, a millisecond at a time. */
export function virtualClock({ mock }: Pick<TestContext, 'mock'>): { tick(ms: number): void } {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  // Whole: a deadline less a fraction may round up to a millisecond more.
  let now = Math.round(performance.now());
  mock.method(performance, 'now', () => now);
  return {
    tick(ms) {
      for (let passed = 0; passed < ms; passed++) {
        now += 1;
        mock.timers.tick(1);
      }
    },
  };
}
