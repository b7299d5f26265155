import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import fig12 from '../../experiments/fig12.ts';
import { refuseWithoutMininet } from '../../runner/host-lab/refuse-mininet.ts';
import { runExperiment } from '../../runner/run.ts';
import { LabJob } from '../support/lab-job.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const variants = ['drain', 'drain+advance-rr'];
let ours: Promise<ReadonlyMap<string, number>> | undefined;

function assertOurs(theirs: ReadonlyMap<string, number>, own: ReadonlyMap<string, number>): void {
  assert.deepEqual([...theirs.keys()], variants);
  for (const [variant, ms] of theirs)
    assert.ok(Math.abs(ms - own.get(variant)!) < 1, `${variant}: ${ms} ms, ours ${own.get(variant)} ms`);
}

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
  ours ??= gaps('uml');
  assertOurs(await gaps('mininet'), await ours);
});

/** The host, and what a run of the command line leaves of itself there. */
const HOST = `export HOME=/tmp XDG_CACHE_HOME=/tmp/cache GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
look() { ip -br link; ip -6 route; ip netns; nft list ruleset; ls /run /run/netns; cut -d' ' -f4-6 /proc/self/mountinfo; }
look >before.txt
/run/lab/bin/handoff-lab run fig12 --profile smoke --lab mininet-host --clock wall --set csMs=40 --set ssMs=20 --out /tmp/out --quiet
look >after.txt
cp /tmp/out/fig12/samples.csv /tmp/out/fig12/manifest.json /run/job
`;

// A lab kernel is a host's kernel with all parts, this machine's programs are the host's; that its "real" time is virtual takes computing out of the gaps.
test('on a host whose kernel has the parts the command line builds it with Mininet, too, and leaves nothing there', {
  timeout: 600_000,
}, async () => {
  ours ??= gaps('uml');
  await using job = await LabJob.create(HOST);
  const limits = { wallTimeoutMs: 400_000, virtualTimeoutS: 3600 };
  const run = await job.boot({ ...limits, stageFolder: root, memoryMb: 1024 });
  assert.equal(run.status, 0, run.console);
  const read = (name: string) => readFile(join(job.path, name), 'utf8');
  const rows: Record<string, string>[] = parse(await read('samples.csv'), { columns: true });
  assert.deepEqual(new Set(rows.map(({ outcome }) => outcome)), new Set(['succeeded']));
  const theirs = rows.filter(({ measure }) => measure === 'handoff-gap');
  assertOurs(new Map(theirs.map(({ variant, value }) => [variant!, Number(value)])), await ours);
  const { kernel } = JSON.parse(await read('manifest.json'));
  assert.match(kernel.key, /^host-/);
  assert.equal(await read('after.txt'), await read('before.txt'));
  assert.match(await read('before.txt'), /^lo /m);
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
