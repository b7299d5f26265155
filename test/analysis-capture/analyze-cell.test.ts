import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { HandoffScript, type SessionPlan } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

const measures = [
  { name: 'handoff-gap', unit: 'ms' },
  ...[1, 2, 3, 4, 5, 6, 7].map((phase) => ({ name: `phase-${phase}`, unit: 'ms' })),
  { name: 'handoff-total', unit: 'ms' },
  { name: 'state-bytes', unit: 'bytes' },
  { name: 'session-time', unit: 'ms' },
  { name: 'retransmissions', unit: 'packets' },
];
const drained: Omit<SessionPlan, 'startMs' | 'clientPort'> = { initAtMs: 203, initBodyOctets: 91 };

/** Values and remarks of each repetition, by measure. */
async function measure(
  plans: readonly (typeof drained)[],
  variant: string,
): Promise<Record<string, number | undefined | string>[]> {
  const script = new HandoffScript();
  script.openChannel(0);
  for (const [index, plan] of plans.entries()) {
    script.session({ ...plan, startMs: 1000 + 3000 * index, clientPort: 40_000 + index });
  }
  const verdicts = plans.map((_, repetition) => ({ repetition, atMs: 3500 + 3000 * repetition }));
  using cell = new SyntheticCell(script.hops, verdicts, { variant });
  const samples = await analyzeCell(cell.folder, measures);
  assert.equal(samples.length, plans.length * measures.length);
  return plans.map((_, repetition) => {
    const own = samples.filter((sample) => sample.repetition === repetition);
    assert.deepEqual(
      own.map(({ measure: name, unit }) => ({ name, unit })),
      measures,
    );
    for (const { outcome, reason } of own) assert.equal(outcome, 'succeeded', reason);
    return Object.fromEntries(
      own.flatMap(({ measure: name, value, reason }) => [
        [name, value],
        ...(reason === '' ? [] : [[`${name} remark`, reason]]),
      ]),
    );
  });
}

const drainedValues = {
  'handoff-gap': 304.5,
  'phase-1': 80.75,
  'phase-2': 20,
  'phase-3': 0.5,
  'phase-4': 121,
  'phase-5': 0.75,
  'phase-6': 80.25,
  'phase-7': 1.25,
  'handoff-total': 304.5,
  'state-bytes': 96,
  'session-time': 468,
  retransmissions: 0,
};

test('drain: every repetition gives the times that were put into the capture', async () => {
  assert.deepEqual(await measure([drained, drained, drained], 'drain'), [
    drainedValues,
    drainedValues,
    drainedValues,
  ]);
});

test('drain+advance-rr: return routability that ends after Init is measured and marked as partly critical', async () => {
  const [values] = await measure([{ ...drained, prepareAtMs: 123 }], 'drain+advance-rr');
  assert.deepEqual(values, {
    'handoff-gap': 224.5,
    'phase-1': 80.75,
    'phase-2': 20,
    'phase-3': 0.5,
    'phase-3 remark': 'not on the critical path: ran in advance of Init',
    'phase-4': 121,
    'phase-4 remark': 'partly on the critical path: began in advance of Init, ended 41.5 ms after it',
    'phase-5': 0.75,
    'phase-6': 80.25,
    'phase-7': 1.25,
    'handoff-total': 224.5,
    'state-bytes': 96,
    'session-time': 388,
    retransmissions: 0,
  });
});

test('drain+advance-rr: with return routability over before Init, phase 5 counts from Init', async () => {
  const [values] = await measure([{ ...drained, prepareAtMs: 123, initAtMs: 300 }], 'drain+advance-rr');
  assert.deepEqual(values, {
    'handoff-gap': 280,
    'phase-1': 177.75,
    'phase-2': 20,
    'phase-3': 0.5,
    'phase-3 remark': 'not on the critical path: ran in advance of Init',
    'phase-4': 121,
    'phase-4 remark': 'not on the critical path: ran in advance of Init',
    'phase-5': 0.75,
    'phase-6': 80.25,
    'phase-7': 1.25,
    'handoff-total': 280,
    'state-bytes': 96,
    'session-time': 443.5,
    retransmissions: 0,
  });
});

test('baseline: an Init of 87 kB is followed to its last segment, and the frames behind it are still found', async () => {
  const large = { initAtMs: 124, initBodyOctets: 87_000 };
  const [first, second] = await measure([large, drained], 'baseline');
  assert.partialDeepStrictEqual(first, {
    'state-bytes': 87_005,
    'phase-1': 1.75,
    // 88 segments, a millisecond apart, and the way to the acceptor
    'phase-2': 87 + 20,
    'phase-3': 0.5,
    'phase-4': 121,
  });
  assert.deepEqual(second, drainedValues);
});

test('a cell without handoff: session measures are given, handoff measures are unsupported', async () => {
  const script = new HandoffScript();
  script.session({ ...drained, startMs: 1000, clientPort: 40_000 });
  const handoffLabels = new Set(['init', 'done']);
  const hops = script.hops.filter(({ label }) => !handoffLabels.has(label));
  using cell = new SyntheticCell(hops, [{ repetition: 0, atMs: 3500 }], { variant: '' });
  const samples = await analyzeCell(cell.folder, measures.slice(0, 1).concat(measures.slice(-2)));
  assert.deepEqual(
    samples.map(({ outcome, value, reason }) => [outcome, value, reason]),
    [
      ['unsupported', undefined, 'the repetition has no handoff'],
      ['succeeded', 468, ''],
      ['succeeded', 0, ''],
    ],
  );
});

test('an unknown measure is unsupported by name', async () => {
  const script = new HandoffScript();
  script.openChannel(0);
  script.session({ ...drained, startMs: 1000, clientPort: 40_000 });
  using cell = new SyntheticCell(script.hops, [{ repetition: 0, atMs: 3500 }]);
  const [sample] = await analyzeCell(cell.folder, [{ name: 'colour', unit: 'nm' }]);
  assert.equal(sample?.outcome, 'unsupported');
  assert.equal(sample?.reason, "no capture gives a measure 'colour'");
  assert.equal('value' in (sample ?? {}), false);
});
