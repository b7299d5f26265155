import assert from 'node:assert/strict';
import { test } from 'node:test';
import fig12 from '../../experiments/fig12.ts';
import { refuseWithoutMininet } from '../../runner/host-lab/refuse-mininet.ts';
import { runExperiment } from '../../runner/run.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Variant → gap, ms. */
async function gaps(lab: 'uml' | 'mininet'): Promise<ReadonlyMap<string, number>> {
  await using folder = await temporaryFolder();
  const { samples } = await runExperiment(fig12, {
    profile: 'smoke',
    settings: { csMs: [40], ssMs: [20] },
    variants: [],
    clock: 'virtual',
    seed: 1,
    out: folder.path,
    jobs: 1,
    capture: 'headers',
    lab,
    signal: AbortSignal.timeout(280_000),
    log: () => undefined,
  });
  assert.deepEqual(
    samples.filter(({ outcome }) => outcome !== 'succeeded').map(({ reason }) => reason),
    [],
  );
  const found = samples.filter(({ measure }) => measure === 'handoff-gap');
  return new Map(found.map(({ variant, value }) => [variant, value!]));
}

test('Figure 12 in a network that Mininet built is ours to a millisecond', async () => {
  const [ours, theirs] = [await gaps('uml'), await gaps('mininet')];
  assert.deepEqual([...theirs.keys()], ['drain', 'drain+advance-rr']);
  for (const [variant, ms] of theirs)
    assert.ok(Math.abs(ms - ours.get(variant)!) < 1, `${variant}: ${ms} ms, ours ${ours.get(variant)} ms`);
});

test('without Mininet, or on a running kernel that cannot, it is refused with the remedy', async () => {
  await assert.rejects(refuseWithoutMininet('/bin/false'), {
    name: 'LabError',
    message: /--lab mininet is not possible: Mininet is missing\.\n.*apt-get install .*mininet/s,
  });
  const virtual = await runCli(['run', 'fig12', '--lab', 'mininet-host', '--out', '/tmp/never']);
  assert.equal(virtual.status, 2);
  assert.match(virtual.stderr, /--clock: 'virtual' is not possible on the running kernel/);
});
