import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

const measures = [{ name: 'extraction-call', unit: 'ms' }];
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

function extracted(cell: SyntheticCell, atMs: number, ms: number | undefined, node = 'node1'): void {
  const line = { t: String((epochMs + BigInt(atMs)) * 1_000_000n), node, event: 'socket-extracted', ms };
  appendFileSync(path.join(cell.folder, 'events.jsonl'), `${JSON.stringify(line)}\n`);
}

test('each repetition has the extraction that the donor logged in it', async () => {
  using cell = twoRepetitions();
  extracted(cell, 1200, 0.75);
  extracted(cell, 5200, 0.5);
  const samples = await analyzeCell(cell.folder, measures);
  assert.deepEqual(
    samples.map(({ value }) => value),
    [0.75, 0.5],
  );
});

test('none, two, another node’s or an untimed one: the measure is unsupported, never a guess', async () => {
  using cell = twoRepetitions();
  extracted(cell, 1200, 0.75);
  extracted(cell, 1300, 0.8);
  extracted(cell, 5200, 0.5, 'node2');
  extracted(cell, 5200, undefined);
  const samples = await analyzeCell(cell.folder, measures);
  assert.deepEqual(
    samples.map(({ outcome, reason }) => `${outcome}: ${reason}`),
    Array(2).fill('unsupported: the event log does not tell it'),
  );
});
