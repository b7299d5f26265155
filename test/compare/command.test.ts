import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeResults } from '../../analysis/results.ts';
import type { Sample } from '../../analysis/sample.ts';
import fig12 from '../../experiments/fig12.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

const samples = syntheticSamples({
  experiment: fig12,
  profile: 'smoke',
  measure: 'handoff-gap',
  unit: 'ms',
  model: (p, variant) => (variant === 'drain' ? 6 * p.csMs! + 3 * p.ssMs! : 4 * p.csMs! + p.ssMs!),
});

interface Outcome {
  readonly status: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly files: readonly string[];
  readonly table: string;
}

/** Runs `compare` on a results folder with these samples. */
async function compare(run: readonly Sample[], ...flags: readonly string[]): Promise<Outcome> {
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-compare-'));
  try {
    await writeResults(join(dir, 'fig12'), { experiment: fig12, samples: run, manifest: {} });
    const bin = new URL('../../bin/handoff-lab', import.meta.url).pathname;
    const { status, stdout, stderr } = await new Promise<Omit<Outcome, 'files' | 'table'>>((resolve) =>
      execFile(bin, ['compare', dir, ...flags], (error, out, err) =>
        resolve({ status: error?.code ?? 0, stdout: out, stderr: err }),
      ),
    );
    const files = await readdir(join(dir, 'compare')).catch(() => []);
    const csv = files.find((name) => name.endsWith('.csv'));
    const table = csv === undefined ? '' : await readFile(join(dir, 'compare', csv), 'utf8');
    return { status, stdout, stderr, files, table };
  } finally {
    await rm(dir, { recursive: true });
  }
}

const both = ['--a', 'drain', '--b', 'drain+advance-rr'];

test('compare: a sentence, a table and a figure; the same again on repeat', async () => {
  const first = await compare(samples, ...both);
  assert.equal(first.status, 0, first.stderr);
  assert.match(
    first.stdout,
    /fig12: With drain\+advance-rr instead of drain .* smaller at 5 of 5 grid points/,
  );
  assert.deepEqual(
    [...first.files].sort(),
    ['csv', 'png', 'svg', 'vl.json'].map((suffix) => `fig12-drain-drain+advance-rr.${suffix}`),
  );
  assert.equal(first.table.trim().split('\n').length, 7);
  assert.equal((await compare(samples, ...both)).table, first.table);
});

test('compare: what cannot be compared is refused with status 2, the cause and the remedy', async () => {
  const half = samples.filter((s) => s.variant === 'drain' || s.parameters.csMs !== 80);
  const clocks = samples.map((s) => (s.variant === 'drain' ? { ...s, clock: 'wall' as const } : s));
  const cases: readonly (readonly [readonly Sample[], readonly string[], RegExp])[] = [
    [half, both, /cannot be paired: only drain has .*csMs=80.*; run both variants over the same grid/],
    [clocks, both, /two clocks, virtual and wall|two clocks, wall and virtual/],
    [samples, ['--a', 'drain', '--b', 'sprint'], /--b: 'sprint' is unknown; use one of: baseline, drain/],
    [samples, ['--a', 'drain', '--b', 'drain'], /name two different variants/],
    [
      samples,
      ['--a', 'drain', '--b', 'baseline'],
      /holds no experiment with handoff-gap of drain and baseline/,
    ],
  ];
  for (const [run, flags, words] of cases) {
    const { status, stderr, files } = await compare(run, ...flags);
    assert.equal(status, 2, stderr);
    assert.match(stderr, words);
    assert.deepEqual(files, []);
  }
});
