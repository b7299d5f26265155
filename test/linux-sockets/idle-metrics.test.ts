import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

/** What a process says that waits for 50 ms before, and 50 ms after, it has called `stopIdleMetrics` with these words. */
function idleTimes(argument: string): { stopped: boolean; again: boolean; before: number; after: number } {
  const module = join(import.meta.dirname, '../../linux/idle-metrics.ts');
  const program = `
    import { performance } from 'node:perf_hooks';
    import { setTimeout as delay } from 'node:timers/promises';
    import { stopIdleMetrics } from ${JSON.stringify(module)};
    await delay(50);
    const first = performance.eventLoopUtilization();
    const [stopped, again] = [stopIdleMetrics(${argument}), stopIdleMetrics(${argument})];
    const from = performance.eventLoopUtilization();
    await delay(50);
    const after = performance.eventLoopUtilization(from).idle;
    console.log(JSON.stringify({ stopped, again, before: first.idle, after }));
  `;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('the pinned Node measures idle time until it is told not to, once', () => {
  const { stopped, again, before, after } = idleTimes('');
  assert.deepEqual({ stopped, again, after }, { stopped: true, again: false, after: 0 });
  assert.ok(before > 0);
});

test('of a libuv that nobody has looked at nothing is changed', () => {
  const { stopped, after } = idleTimes("'9.9.9'");
  assert.equal(stopped, false);
  assert.ok(after > 0);
});
