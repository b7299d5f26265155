import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

const call = [{ name: 'extraction-call', unit: 'ms' }];
const epochMs = 1_000_000_000_000n;

function twoRepetitions(): SyntheticCell {
  const script = new HandoffScript();
  script.openChannel(0);
  for (const [index, startMs] of [1000, 5000].entries())
    script.session({ startMs, clientPort: 40_000 + index, initAtMs: 203, initBodyOctets: 91 });
  return new SyntheticCell(script.hops, [
    { repetition: 0, atMs: 3000 },
    { repetition: 1, atMs: 7000 },
  ]);
}

function logs(cell: SyntheticCell, atMs: number, node: string, event: string, ms?: number): void {
  const line = { t: String((epochMs + BigInt(atMs)) * 1_000_000n), node, event, ms };
  appendFileSync(path.join(cell.folder, 'events.jsonl'), `${JSON.stringify(line)}\n`);
}

/** One handoff from node1 to node2, a step every 10 ms: `order` says which. */
function handsOff(cell: SyntheticCell, atMs: number, order: readonly string[], extractionMs?: number): void {
  for (const [step, event] of order.entries()) {
    const donor = ['handoff-requested', 'socket-extracted', 'init-sent'].includes(event);
    const ms = event === 'socket-extracted' ? extractionMs : undefined;
    logs(cell, atMs + 10 * step, donor ? 'node1' : 'node2', event, ms);
  }
}

const plain = [
  'handoff-requested',
  'socket-extracted',
  'init-sent',
  'init-received',
  'return-routability-started',
  'return-routability-complete',
  'binding-update-sent',
  'binding-acknowledged',
  'socket-activated',
];

async function values(cell: SyntheticCell, names: readonly string[]): Promise<unknown[]> {
  const samples = await analyzeCell(
    cell.folder,
    names.map((name) => ({ name, unit: 'ms' })),
  );
  return samples.map(({ value, outcome, reason }) => value ?? `${outcome}: ${reason}`);
}

const sevenPhases = [1, 2, 3, 4, 5, 6, 7].map((phase) => `process-phase-${phase}`);

test('each repetition has the extraction that the donor logged in it', async () => {
  using cell = twoRepetitions();
  handsOff(cell, 1200, plain, 0.75);
  handsOff(cell, 5200, plain, 0.5);
  const samples = await analyzeCell(cell.folder, call);
  assert.deepEqual(
    samples.map(({ value }) => value),
    [0.75, 0.5],
  );
});

test('two handoffs, an untimed call, or another node’s: the measure is unsupported, never a guess', async () => {
  using cell = twoRepetitions();
  handsOff(cell, 1200, plain, 0.75);
  handsOff(cell, 1500, plain, 0.8);
  handsOff(cell, 5200, plain);
  logs(cell, 5500, 'node2', 'socket-extracted', 0.5);
  const samples = await analyzeCell(cell.folder, call);
  assert.deepEqual(
    samples.map(({ outcome, reason }) => `${outcome}: ${reason}`),
    Array(2).fill('unsupported: the event log does not tell it'),
  );
});

test('the phases are those that donor and acceptor stamp, a step of theirs each', async () => {
  using cell = twoRepetitions();
  // The donor’s own route optimisation is none of the handoff’s.
  logs(cell, 1100, 'node1', 'binding-acknowledged');
  handsOff(cell, 1200, plain, 0.75);
  logs(cell, 1215, 'node1', 'return-routability-complete');
  handsOff(cell, 5200, plain, 0.5);
  const seven = [20, 10, 10, 10, 10, 10, 10];
  assert.deepEqual(await values(cell, sevenPhases), [...seven, ...seven]);
});

test('return routability in advance: its phases begin at Prepare, the next one when tokens and Init are there', async () => {
  using cell = twoRepetitions();
  const inAdvance = [
    'handoff-requested',
    'prepare-received',
    'return-routability-started',
    'return-routability-complete',
    'socket-extracted',
    'init-sent',
    'init-received',
    ...plain.slice(6),
  ];
  handsOff(cell, 1200, inAdvance, 0.75);
  handsOff(cell, 5200, inAdvance, 0.75);
  const measured = await values(cell, sevenPhases);
  const seven = [50, 10, 10, 10, 10, 10, 10];
  assert.deepEqual(measured, [...seven, ...seven]);
});

test('capture and processes are compared phase by phase, and a difference is told', async () => {
  using cell = twoRepetitions();
  handsOff(cell, 1200, plain, 0.75);
  handsOff(cell, 5200, plain.slice(0, -1), 0.75);
  const phases = await values(cell, ['phase-3', 'phase-4', 'phase-5', 'phase-6', 'phase-7']);
  const first = phases.slice(0, 5).map(Number);
  const [difference, missing] = await values(cell, ['phase-disagreement']);
  const expected = Math.max(...first.map((ms) => Math.abs(ms - 10)));
  assert.ok(Math.abs(Number(difference) - expected) < 1e-6, `${difference} ms, not ${expected}`);
  assert.equal(missing, 'unsupported: the event log does not tell it');
});
