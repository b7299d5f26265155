import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeReport } from '../../analysis/report/report.ts';
import { writeResults } from '../../analysis/results.ts';
import type { Sample } from '../../analysis/sample.ts';
import fig12 from '../../experiments/fig12.ts';
import { runCli } from '../support/run-cli.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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
    ['csv', 'json', 'png', 'svg', 'vl.json'].map((suffix) => `fig12-drain-drain+advance-rr.${suffix}`),
  );
  assert.equal(first.table.trim().split('\n').length, 7);
  assert.equal((await compare(samples, ...both)).table, first.table);
});

test('compare --against: every other variant of the run with this one, a sentence and a table each', async () => {
  const third = samples
    .filter(({ variant }) => variant === 'drain')
    .map((s) => ({ ...s, cell: `${s.cell}|none`, variant: 'none', value: 6 }));
  const { status, stdout, stderr, files } = await compare([...samples, ...third], '--against', 'none');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /With drain instead of none the handoff-gap is larger at 5 of 5 grid points/);
  assert.match(stdout, /With drain\+advance-rr instead of none .* larger at 5 of 5 grid points/);
  assert.deepEqual(files.filter((name) => name.endsWith('.csv')).sort(), [
    'fig12-none-drain+advance-rr.csv',
    'fig12-none-drain.csv',
  ]);
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
    [samples, ['--against', 'none'], /holds no experiment with handoff-gap of none and another/],
    [samples, ['--against', 'sprint'], /--against: 'sprint' is unknown/],
    [samples, ['--against', 'drain', '--b', 'drain'], /names all pairs already; leave --a and --b out/],
  ];
  for (const [run, flags, words] of cases) {
    const { status, stderr, files } = await compare(run, ...flags);
    assert.equal(status, 2, stderr);
    assert.match(stderr, words);
    assert.deepEqual(files, []);
  }
});

/** Runs the command with a folder for each of the runs. */
async function between(
  runs: readonly (readonly Sample[])[],
  ...flags: readonly string[]
): Promise<Outcome & { readonly page: string }> {
  await using folder = await temporaryFolder();
  const dirs = ['old', 'new'].map((name) => join(folder.path, name));
  for (const [index, run] of runs.entries()) {
    await writeResults(join(dirs[index]!, 'fig12'), { experiment: fig12, samples: run, manifest: {} });
    await writeReport(dirs[index]!);
  }
  const { status, stdout, stderr } = await runCli(['compare', ...dirs.slice(0, runs.length), ...flags]);
  const files = await readdir(join(dirs[1]!, 'compare')).catch(() => []);
  const csv = files.find((name) => name.endsWith('.csv'));
  const table = csv === undefined ? '' : await readFile(join(dirs[1]!, 'compare', csv), 'utf8');
  const page = await readFile(join(dirs[1]!, 'report.html'), 'utf8').catch(() => '');
  return { status, stdout, stderr, files, table, page };
}

test('compare: two runs, pair by pair and variant by variant; the result is in the report of the second', async () => {
  const later = samples.map((s) => (s.variant === 'drain' ? { ...s, value: s.value! + 3 } : s));
  const { status, stdout, stderr, table, page, files } = await between([samples, later]);
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /fig12: With new instead of old the handoff-gap is larger at 5, not told apart at 5 of 10 grid points/,
  );
  assert.match(stdout, /No interval: each grid point has one pair/);
  assert.ok(files.includes('fig12-old-new.csv'), files.join(' '));
  assert.match(table, /csMs=10 ssMs=20 drain,handoff-gap,ms,virtual,old,new,1,0,120,123,3/);
  assert.match(table, /csMs=10 ssMs=20 drain\+advance-rr,handoff-gap,ms,virtual,old,new,1,0,60,60,0/);
  assert.ok(page.includes('With new instead of old') && page.includes('compare/fig12-old-new.csv'));
  // An experiment more in one of them is no matter; a repetition is.
  const lacking = samples.filter((s) => s.parameters.csMs !== 80);
  assert.match(
    (await between([lacking, samples])).stderr,
    /only new has .*csMs=80.*; run both over the same grid/,
  );
});

test('compare: two runs of different clocks, other seeds, variants between runs and one run alone are refused', async () => {
  const wall = samples.map((s) => ({ ...s, clock: 'wall' as const }));
  const cases: readonly (readonly [readonly (readonly Sample[])[], readonly string[], RegExp])[] = [
    [[samples, wall], [], /two clocks, virtual and wall/],
    [[samples, samples.map((s) => ({ ...s, seed: 8 }))], [], /only old has .*seed=7/],
    [[samples, samples], ['--a', 'drain'], /--a: 'drain' has no meaning between two runs/],
    [[samples, samples], ['--against', 'none'], /--against: 'none' has no meaning between two runs/],
    [[samples], [], /is one run alone; name two variants/],
    [[samples, samples], ['--measure', 'none'], /have no experiment with none in common; .*lists measures/],
  ];
  for (const [runs, flags, message] of cases) {
    const { status, stderr, files } = await between(runs, ...flags);
    assert.equal(status, 2, stderr);
    assert.match(stderr, message);
    assert.deepEqual(files, []);
  }
});

test('compare: --measure without a name lists what can be compared, with units', async () => {
  const { status, stdout } = await between([samples], '--measure');
  assert.deepEqual([status, stdout.trim()], [0, 'fig12: handoff-gap (ms)']);
});
