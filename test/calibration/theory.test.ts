import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binomialDistribution } from 'simple-statistics';
import { binomialInterval } from '../../analysis/binomial.ts';
import { bulkTimeMs, reorderedPct } from '../../experiments/calibration/theory.ts';
import type { Parameters } from '../../experiments/experiment.ts';
import { keyedRandom } from '../../topologies/seeded-random.ts';

/** Slow start packet by packet: each acknowledgement lets two segments go, until the receiver's window is full. */
function simulatedBulkMs({ bytes, rateKbit, cs1Ms, windowBytes }: Record<string, number>): number {
  const segments = Math.ceil(bytes! / 1428);
  const largest = Math.floor(windowBytes! / 1428);
  const octets = (index: number) => (index < segments - 1 ? 1514 : bytes! - 1428 * (segments - 1) + 86);
  const acknowledged: number[] = [];
  let window = 10;
  let sent = 0;
  let shaperFree = 0;
  let last = 0;
  let next = 0;
  let now = 3 * cs1Ms!;
  while (sent < segments) {
    while (sent < segments && sent - next < window) {
      shaperFree = Math.max(shaperFree, now) + (octets(sent) * 8) / rateKbit!;
      last = shaperFree + cs1Ms!;
      acknowledged.push(shaperFree + 2 * cs1Ms!);
      sent++;
    }
    now = acknowledged[next++]!;
    window = Math.min(window + 1, largest);
  }
  return last;
}

test('the formula of the bulk transfer agrees with slow start simulated packet by packet', () => {
  for (const cs1Ms of [0, 5, 40, 160]) {
    for (const rateKbit of [500, 2000, 10_000, 100_000]) {
      for (const bytes of [1000, 100_000, 10_000_000]) {
        for (const windowBytes of [65_536, 1 << 20]) {
          const cell = { bytes, rateKbit, cs1Ms, windowBytes };
          const [formula, simulated] = [bulkTimeMs(cell), simulatedBulkMs(cell)];
          const frameMs = (1514 * 8) / rateKbit;
          // Where the window is not a power of two the formula rounds a round's last segments.
          const slack = Math.max(2 * frameMs, 0.005 * simulated);
          assert.ok(
            Math.abs(formula - simulated) <= slack,
            `${JSON.stringify(cell)}: ${formula}, ${simulated}`,
          );
        }
      }
    }
  }
});

test('the share of overtaken datagrams agrees with drawn delays', () => {
  const cells: readonly Parameters[] = [
    { jitterMs: 5, burst: 10, tickMs: 13 },
    { jitterMs: 10, burst: 10, tickMs: 13 },
    { jitterMs: 5, burst: 1, tickMs: 3 },
    { jitterMs: 5, burst: 1, tickMs: 13 },
  ];
  const random = keyedRandom('reordering');
  const count = 20_000;
  for (const cell of cells) {
    const { jitterMs = 0, burst = 1, tickMs = 1 } = cell;
    const leaves = Array.from({ length: count }, (_, sequence) => ({
      sequence,
      at: Math.floor(sequence / burst) * tickMs + jitterMs * (2 * random() - 1),
    }));
    let next = 0;
    let overtaken = 0;
    for (const { sequence } of leaves.toSorted((a, b) => a.at - b.at)) {
      if (sequence < next) overtaken++;
      else next = sequence + 1;
    }
    const simulated = (100 * overtaken) / count;
    assert.ok(Math.abs(reorderedPct(cell) - simulated) < 1, `${reorderedPct(cell)} ${simulated}`);
  }
  assert.equal(reorderedPct({ jitterMs: 0, burst: 10, tickMs: 13 }), 0);
});

test('the binomial interval leaves at most its share on each side, and not a count more', () => {
  for (const trials of [1, 10, 100, 150]) {
    for (const probability of [0.01, 0.05, 0.5, 0.97]) {
      const { low, high } = binomialInterval(trials, probability, 0.99);
      const distribution = binomialDistribution(trials, probability) ?? [];
      const sum = (from: number, to: number) =>
        distribution.slice(Math.max(0, from), Math.max(0, to)).reduce((total, value) => total + value, 0);
      const cell = `${trials} × ${probability}: ${low}…${high}`;
      const all = sum(0, distribution.length);
      assert.ok(sum(0, low) <= 0.005 + 1e-9, cell);
      assert.ok(all - sum(0, high + 1) <= 0.005 + 2e-4, cell);
      assert.ok(sum(0, low + 1) > 0.005, cell);
      assert.ok(high === 0 || all - sum(0, high) > 0.005 - 1e-9, cell);
    }
  }
});

test('the binomial interval of many trials is near the normal one, and exact at the ends', () => {
  const { low, high } = binomialInterval(100_000, 0.02, 0.99);
  const sd = Math.sqrt(100_000 * 0.02 * 0.98);
  assert.ok(Math.abs(low - (2000 - 2.5758 * sd)) < 2, String(low));
  assert.ok(Math.abs(high - (2000 + 2.5758 * sd)) < 2, String(high));
  assert.deepEqual(binomialInterval(100, 0, 0.99), { low: 0, high: 0 });
  assert.deepEqual(binomialInterval(100, 1, 0.99), { low: 100, high: 100 });
});
