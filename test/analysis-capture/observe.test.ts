import assert from 'node:assert/strict';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { analyzeCell } from '../../analysis/analyze-cell.ts';
import { readCellRecord } from '../../analysis/cell-record.ts';
import { observe } from '../../analysis/own/observe.ts';
import { contactAddress } from '../support/handoff-messages.ts';
import { HandoffScript } from '../support/handoff-script.ts';
import { SyntheticCell } from '../support/synthetic-cell.ts';

const epochNs = 10n ** 18n;
const starts = [900, 3900];

/** Two sessions, the first packet of each 100 ms after the client's word that it starts. */
function sessions(): SyntheticCell {
  const script = new HandoffScript();
  script.openChannel(0);
  for (const [index, startMs] of starts.entries())
    script.session({ initAtMs: 203, initBodyOctets: 91, startMs: startMs + 100, clientPort: 40_000 + index });
  const verdicts = starts.map((startMs, repetition) => ({ repetition, atMs: startMs + 2000 }));
  const cell = new SyntheticCell(script.hops, verdicts);
  for (const [repetition, startMs] of starts.entries()) {
    const t = String(epochNs + BigInt(startMs) * 1_000_000n);
    const line = { t, node: 'client', event: 'repetition-started', repetition };
    appendFileSync(join(cell.folder, 'events.jsonl'), `${JSON.stringify(line)}\n`);
  }
  writeFileSync(join(cell.folder, 'client-1.out'), 'what it printed\n');
  return cell;
}

test('what is seen of a repetition is its own: events, packets and output, on its own clock', async () => {
  using cell = sessions();
  const [first, second, ...more] = await observe(cell.folder, readCellRecord(cell.folder));
  assert.deepEqual(more, []);
  for (const one of [first!, second!]) {
    const syn = one.packets.find(({ tcp }) => tcp?.syn === true)!;
    assert.deepEqual([syn.neighbour, syn.direction, syn.destination], ['client', 'in', contactAddress]);
    assert.ok(Math.abs(syn.atMs - 100) < 1e-3, `${syn.atMs}`);
    assert.ok(one.packets.every(({ atMs }) => atMs >= 0 && atMs < 3000));
    assert.deepEqual(
      one.events.map(({ event, atMs }) => [event, atMs]).toSorted((a, b) => Number(a[1]) - Number(b[1])),
      [
        ['repetition-started', 0],
        ['repetition-finished', 2000],
      ],
    );
    const messages = new Set(one.packets.flatMap(({ message }) => message ?? []));
    assert.ok(messages.has('binding-update') && messages.has('home-test'), [...messages].join(' '));
    assert.equal(one.ok, true);
  }
  assert.deepEqual([first!.output, second!.output], ['', 'what it printed\n']);
});

test('measures of one’s own stand beside those of ours', async () => {
  using cell = sessions();
  const samples = await analyzeCell(cell.folder, [
    { name: 'handoff-gap', unit: 'ms' },
    { name: 'packets', unit: '', from: ({ packets }) => packets.length },
    { name: 'of-the-second', unit: '', from: ({ repetition }) => (repetition === 1 ? 7 : undefined) },
  ]);
  assert.deepEqual(
    samples.map(({ measure, outcome }) => `${measure} ${outcome}`),
    [
      ...['handoff-gap succeeded', 'packets succeeded', 'of-the-second unsupported'],
      ...['handoff-gap succeeded', 'packets succeeded', 'of-the-second succeeded'],
    ],
  );
  const counts = samples.filter(({ measure }) => measure === 'packets').map(({ value }) => value);
  assert.equal(counts[0], counts[1]);
});
