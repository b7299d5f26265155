import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { downloadMs, frameMs, gapMs } from '../../experiments/parallel/theory.ts';
import parallel from '../../experiments/parallel.ts';
import { runExperiment } from '../../runner/run.ts';

const point = { contactAddresses: [2], handoff: [1], bytes: [800_000] };
const repetitions = 2;

test('curl fetches two ranges at once, each handed off in its middle, again and again', {
  timeout: 300_000,
}, async () => {
  const out = await mkdtemp(join(tmpdir(), 'handoff-test-'));
  try {
    const { samples } = await runExperiment(parallel, {
      profile: 'smoke',
      settings: point,
      variants: [],
      clock: 'virtual',
      seed: 7,
      repetitions,
      out,
      jobs: 1,
      capture: 'headers',
      signal: AbortSignal.timeout(290_000),
      log: () => undefined,
    });
    assert.equal(samples.length, repetitions * parallel.measures.length);
    for (const { outcome, reason, measure } of samples)
      assert.deepEqual([outcome, reason], ['succeeded', ''], measure);
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const value = (measure: string): number =>
        samples.find((sample) => sample.measure === measure && sample.repetition === repetition)!.value!;
      const { parameters } = samples[0]!;
      assert.ok(
        Math.abs(value('download-time') - downloadMs(parameters)) < 2 * frameMs(2000),
        `${value('download-time')}`,
      );
      assert.ok(
        Math.abs(value('range-handoff-gap') - gapMs(parameters)) < 1,
        `${value('range-handoff-gap')}`,
      );
      assert.deepEqual(
        ['serving-members', 'ranges-finished-by-acceptor', 'document-octets'].map(value),
        [4, 2, 800_000],
      );
    }
    // The processes' own word: either contact node has handed the client off once in each repetition, no other member has.
    const cells = join(out, 'parallel', 'cells');
    const [cell = ''] = await readdir(cells);
    const lines = (await readFile(join(cells, cell, 'events.jsonl'), 'utf8')).trim().split('\n');
    const donors = lines
      .map((line) => JSON.parse(line) as { readonly node: string; readonly event: string })
      .filter(({ event }) => event === 'handed-off')
      .map(({ node }) => node);
    assert.deepEqual(donors.toSorted(), ['node1', 'node1', 'node2', 'node2']);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});
