import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const example = fileURLToPath(new URL('../../examples/near-acceptor.ts', import.meta.url));

test('the example runs: the nearer the acceptor to the client, the shorter the gap', async () => {
  await using folder = await temporaryFolder();
  const run = await runCli(['run', example, '--profile', 'smoke', '--out', join(folder.path, 'out')]);
  assert.equal(run.status, 0, run.stderr);
  const results = join(folder.path, 'out', 'near-acceptor');
  assert.deepEqual((await readdir(join(results, 'plots'))).sort(), [
    'near-acceptor-handoff-gap.png',
    'near-acceptor-handoff-gap.svg',
    'near-acceptor-handoff-gap.vl.json',
  ]);
  const samples = (await readFile(join(results, 'samples.csv'), 'utf8')).split('\n');
  for (const cs2Ms of [10, 30, 60]) {
    const isCell = (line: string) => line.includes(`cs2Ms=${cs2Ms},ssMs=20,drain"`);
    const row = samples.find((line) => isCell(line) && line.includes(',handoff-gap,')) ?? '';
    const gap = Number(/,handoff-gap,([\d.]+),ms/.exec(row)?.[1]);
    // The paper's trips, with both latencies apart.
    const trips = 3 * 60 + 3 * cs2Ms + 3 * 20;
    assert.ok(gap > trips && gap < trips + 1, row);
  }
  const again = await runCli(['analyze', join(folder.path, 'out')]);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /unknown experiment 'near-acceptor'.*add --experiment FILE/);
  const analyzed = await runCli(['analyze', join(folder.path, 'out'), '--experiment', example]);
  assert.equal(analyzed.status, 0, analyzed.stderr);
});
