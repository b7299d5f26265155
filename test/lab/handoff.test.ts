import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Results } from '../../analysis/results.ts';
import fig12 from '../../experiments/fig12.ts';
import { runExperiment } from '../../runner/run.ts';

/** The whole chain: lab kernel, signalling, TCP migration, capture, phases, claims. */
const folders: string[] = [];
let first: Results;
let out = '';

before(async () => {
  out = await mkdtemp(join(tmpdir(), 'handoff-test-'));
  folders.push(out);
  first = await runFig12(out, { csMs: [40], ssMs: [20] }, 7);
});
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

test('a handoff in each variant succeeds, its gap the sum of its one-way trips', () => {
  assert.deepEqual(
    first.samples.filter((sample) => sample.outcome !== 'succeeded').map((sample) => sample.reason),
    [],
  );
  const gap = (variant: string): number =>
    first.samples.find((sample) => sample.measure === 'handoff-gap' && sample.variant === variant)?.value ??
    Number.NaN;
  assert.ok(Math.abs(gap('drain') - (6 * 40 + 3 * 20)) < 1, `drain: ${gap('drain')} ms`);
  assert.ok(
    Math.abs(gap('drain+advance-rr') - (4 * 40 + 20)) < 1,
    `drain+advance-rr: ${gap('drain+advance-rr')} ms`,
  );
});

/** The sum of one-way trips: acknowledgement, Init, return routability over the slower of its two ways, BU, BA, data. */
function drainedGap(l1: number, l2: number, s: number): number {
  return l1 + s + Math.max(2 * s + 2 * l1, 2 * l2) + 3 * l2;
}

for (const [l1, l2, s] of [
  [30, 50, 30], // the home test takes longer: 3·L1 + 3·L2 + 3·S
  [15, 50, 30], // the care-of test takes longer
] as const) {
  test(`unequal latencies are told apart: L1 = ${l1}, L2 = ${l2}, S = ${s} ms`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'handoff-test-'));
    folders.push(folder);
    const results = await runFig12(folder, { cs1Ms: [l1], cs2Ms: [l2], ssMs: [s] }, 3);
    const gaps = results.samples.filter((sample) => sample.measure === 'handoff-gap');
    const expected: Record<string, number> = {
      drain: drainedGap(l1, l2, s),
      'drain+advance-rr': l1 + 3 * l2 + s,
    };
    for (const { variant, value } of gaps) {
      const difference = (value ?? Number.NaN) - expected[variant]!;
      assert.ok(Math.abs(difference) < 1, `${variant}: ${value} ms`);
    }
    assert.equal(gaps.length, 2);
  });
}

test('the same seed gives the same octets, another seed others', async () => {
  const again = await mkdtemp(join(tmpdir(), 'handoff-test-'));
  const other = await mkdtemp(join(tmpdir(), 'handoff-test-'));
  folders.push(again, other);
  await runFig12(again, { csMs: [40], ssMs: [20] }, 7, 1);
  await runFig12(other, { csMs: [40], ssMs: [20] }, 8);
  assert.deepEqual(await digests(again), await digests(out));
  assert.notDeepEqual(await digests(other), await digests(out));
});

async function runFig12(
  folder: string,
  settings: Record<string, number[]>,
  seed: number,
  jobs = 2,
): Promise<Results> {
  const selection = {
    profile: 'smoke',
    settings,
    variants: [],
    clock: 'virtual',
    seed,
    repetitions: 1,
  } as const;
  const lines: string[] = [];
  return runExperiment(fig12, {
    ...selection,
    out: folder,
    jobs,
    capture: 'headers',
    signal: AbortSignal.timeout(300_000),
    log: (line) => lines.push(line),
  });
}

/** SHA-256 of every file of a run but the manifest, which says where and how long. */
async function digests(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== 'manifest.json');
  const pairs = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    return [
      path.slice(folder.length),
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ];
  });
  return Object.fromEntries((await Promise.all(pairs)).sort());
}
