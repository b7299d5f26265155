import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atInstant } from '../../nodes/support/at-instant.ts';
import { machineMs } from '../../nodes/support/monotonic.ts';
import { nextPeriod } from '../../nodes/support/repetition-start.ts';

test('the clock of the machine is none of the process’s own', () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const read = machineMs();
  assert.ok(
    read >= before - 1e-3 && read <= Number(process.hrtime.bigint()) / 1e6 + 1e-3,
    `${before} ${read}`,
  );
});

test('an instant is never met early, wherever in a millisecond one begins to wait', async () => {
  for (const aheadMs of [-1, 0, 0.3, 1.7, 2.99, 5.25]) {
    const instant = machineMs() + aheadMs;
    await atInstant(instant);
    assert.ok(machineMs() >= instant, `${aheadMs} ms ahead`);
  }
});

test('the next period is ahead, at most one period away, and a multiple of it', () => {
  const now = machineMs();
  const next = nextPeriod(250);
  assert.equal(next % 250, 0);
  assert.ok(next > now && next <= machineMs() + 250);
});
