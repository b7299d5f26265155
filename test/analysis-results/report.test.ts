import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFigures } from '../../analysis/plots/write-figures.ts';
import { inlineSvg } from '../../analysis/report/html.ts';
import { writeReport } from '../../analysis/report/report.ts';
import { writeResults } from '../../analysis/results.ts';
import fig12 from '../../experiments/fig12.ts';
import table1 from '../../experiments/table1.ts';
import { syntheticSamples } from '../support/synthetic-samples.ts';

const model = (p: { csMs?: number; ssMs?: number }, variant: string) =>
  variant === 'drain' ? 6 * p.csMs! + 3 * p.ssMs! : 4 * p.csMs! + p.ssMs!;

async function report(timing: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-report-'));
  try {
    const run = { experiment: fig12, profile: 'smoke' as const, measure: 'handoff-gap', unit: 'ms', model };
    const { value: _, ...sample } = syntheticSamples(run).find(({ variant }) => variant === 'drain')!;
    const failed = { ...sample, repetition: 1, outcome: 'failed', reason: 'a <reset> & more' } as const;
    const manifest = { seed: 1, commit: 'abc', host: { name: 'secret-host' }, timing: { startedAt: timing } };
    const folder = join(dir, 'fig12');
    const results = await writeResults(folder, {
      experiment: fig12,
      samples: [...syntheticSamples(run), failed],
      manifest,
    });
    await writeFigures(join(folder, 'plots'), fig12, results.summaries);
    return await readFile(await writeReport(dir), 'utf8');
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('a report holds figures, claims, failures and the manifest, and fetches nothing', async () => {
  const whole = await report('2026-01-01');
  // A program's text is no part of what is shown; test/report looks at what it does.
  const page = whole.replaceAll(/(<script[^>]*>).*?<\/script>/gs, '$1</script>');
  assert.equal(page.match(/<svg/g)?.length, 3);
  assert.equal(page.match(/<tr class="reproduced"/g)?.length, 9);
  assert.equal(page.match(/<tr class="not-run"/g)?.length, 2);
  for (const words of [
    'fig12-drain:csMs',
    'a &lt;reset&gt; &amp; more',
    '1 of 11 repetitions failed',
    'commit',
    'by construction',
  ]) {
    assert.ok(page.includes(words), words);
  }
  assert.ok(!page.includes('a <reset>'));
  assert.ok(!/(src|href|url)\s*[=(]\s*["']?(https?:)?\/\//.test(page), 'a request to elsewhere');
  assert.ok(!/<(link|img|iframe)\b|<script[^>]*\bsrc\b|@import/.test(page));
  const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map((match) => match[1]);
  assert.equal(new Set(ids).size, ids.length, 'ids are unique');
});

test('the same results give the same report on another host and day, but for the day itself', async () => {
  const page = await report('2026-01-01');
  const other = await report('2026-02-02');
  assert.ok(page.includes('<time>2026-01-01</time>') && other.includes('<time>2026-02-02</time>'));
  assert.equal(other.replaceAll('2026-02-02', '2026-01-01'), page);
  assert.ok(!page.includes('secret-host'));
});

test('a folder without results gives a page that says so', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-report-'));
  try {
    assert.match(await readFile(await writeReport(dir), 'utf8'), /holds no results/);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('ids of an inlined drawing and the references to them get the prefix', () => {
  const svg =
    '<?xml version="1.0"?><svg><clipPath id="clip1"/><g clip-path="url(#clip1)"/><use href="#clip1"/></svg>';
  assert.equal(
    inlineSvg(svg, 'a').text,
    '<svg><clipPath id="a-clip1"/><g clip-path="url(#a-clip1)"/><use href="#a-clip1"/></svg>',
  );
});

test('Table 1 stands beside the paper’s, one table per clock; claims that were not run stand behind a line', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-report-'));
  try {
    const run = { experiment: table1, profile: 'smoke' as const, measure: 'phase-2', unit: 'ms' };
    const virtual = syntheticSamples({ ...run, model: (p) => 640_000 / p.rateKbit! });
    const wall = virtual.map((s) => ({ ...s, clock: 'wall' as const, value: s.value! + 1.125 }));
    await writeResults(join(dir, 'table1'), { experiment: table1, samples: virtual, manifest: {} });
    const one = await readFile(await writeReport(dir), 'utf8');
    const row = /<th>2 State transfer<\/th>(.*?)<\/tr>/s.exec(one)![1]!;
    const numbers = [...row.matchAll(/>([\d.]+)</g)].map((match) => match[1]);
    assert.deepEqual(numbers, ['6.40', '6.5', '320.0', '319.1', '426.7', '434.1', '640.0', '648.2']);
    assert.equal(one.match(/class="comparison"/g)?.length, 1);
    assert.match(one, /<details class="open-claims"><summary>\d+ not run<\/summary>/);
    await writeResults(join(dir, 'table1'), {
      experiment: table1,
      samples: [...virtual, ...wall],
      manifest: {},
    });
    const two = await readFile(await writeReport(dir), 'utf8');
    assert.equal(two.match(/class="comparison"/g)?.length, 2);
    assert.ok(two.includes('7.53') && two.includes('ms, wall clock'));
  } finally {
    await rm(dir, { recursive: true });
  }
});
