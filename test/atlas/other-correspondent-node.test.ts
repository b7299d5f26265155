import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import atlas from '../../experiments/atlas.ts';
import { runExperiment } from '../../runner/run.ts';
import { otherPrograms } from '../support/other-programs.ts';

// No latency twice, and the care-of test the slower one.
const slowTest = { cs1Ms: [17], cs2Ms: [41], ssMs: [9] };
// Init and the first data of the acceptor are faster than the donor's last.
const nearAcceptor = { cs1Ms: [60], cs2Ms: [13], ssMs: [20] };

for (const [where, settings] of Object.entries({ slowTest, nearAcceptor }))
  test(`every variant of the atlas keeps its formula through a correspondent node that is not ours: ${where}`, () =>
    keepsFormulae(settings));

async function keepsFormulae(settings: typeof slowTest): Promise<void> {
  await using programs = await otherPrograms('correspondent_node.py', 'mip6.py');
  const node = join(programs.path, 'correspondent_node.py');
  const command = `/usr/bin/python3 ${node} --node {node} --config {config} --events {events} --ready {ready}`;
  const out = join(programs.path, 'out');
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
}
