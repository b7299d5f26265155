import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import atlas from '../../experiments/atlas.ts';
import { runExperiment } from '../../runner/run.ts';

const node = fileURLToPath(new URL('../mip6-lab/guest/correspondent_node.py', import.meta.url));
const command = `/usr/bin/python3 ${node} --node {node} --config {config} --events {events} --ready {ready}`;

// No latency twice, and the care-of test the slower one.
const slowTest = { cs1Ms: [17], cs2Ms: [41], ssMs: [9] };
// Init and the first data of the acceptor are faster than the donor's last.
const nearAcceptor = { cs1Ms: [60], cs2Ms: [13], ssMs: [20] };

for (const [where, settings] of Object.entries({ slowTest, nearAcceptor }))
  test(`every variant of the atlas keeps its formula through a correspondent node that is not ours: ${where}`, () =>
    keepsFormulae(settings));

async function keepsFormulae(settings: typeof slowTest): Promise<void> {
  const out = await mkdtemp(join(tmpdir(), 'handoff-lab-atlas-'));
  try {
    const { samples, claims } = await runExperiment(atlas, {
      ...{ profile: 'smoke', clock: 'virtual', seed: 11, out, jobs: 2, capture: 'headers' },
      settings,
      variants: [...atlas.variants],
      repetitions: 1,
      others: { replace: { 'correspondent-node': command } },
      signal: AbortSignal.timeout(600_000),
      log: () => undefined,
    });
    const failed = samples.filter(({ outcome }) => outcome === 'failed');
    assert.deepEqual([...new Set(failed.map(({ variant, reason }) => `${variant}: ${reason}`))], []);
    assert.deepEqual(
      claims.map(({ id, verdict }) => [id, verdict]),
      atlas.claims.map(({ id }) => [id, 'reproduced']),
    );
    const drops = samples.filter(({ measure, value }) => measure === 'client-drops' && value !== 0);
    assert.deepEqual(drops, [], 'its kernel, too, dropped nothing');
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}
