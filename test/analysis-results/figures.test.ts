import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TopLevelSpec } from 'vega-lite';
import { figure } from '../../analysis/plots/figure.ts';
import { renderPng, renderSvg } from '../../analysis/plots/render.ts';
import { writeFigures } from '../../analysis/plots/write-figures.ts';
import { evaluate } from '../../analysis/results.ts';
import type { Summary } from '../../analysis/statistics.ts';
import type { Plot } from '../../experiments/experiment.ts';
import fig12 from '../../experiments/fig12.ts';
import { aSample, syntheticSamples } from '../support/synthetic-samples.ts';

const summaries = evaluate(
  fig12,
  syntheticSamples({
    experiment: fig12,
    profile: 'quick',
    measure: 'handoff-gap',
    unit: 'ms',
    model: (p, variant) => (variant === 'drain' ? 6 * p.csMs! + 3 * p.ssMs! : 4 * p.csMs! + p.ssMs!),
    noise: 1,
  }),
).summaries;

function specOf(plot: Plot, shown: readonly Summary[]): TopLevelSpec {
  const spec = figure(plot, fig12, shown);
  assert.ok(spec, plot.id);
  return spec;
}

function valuesOf(spec: TopLevelSpec): readonly Record<string, unknown>[] {
  return (spec as unknown as { data: { values: Record<string, unknown>[] } }).data.values;
}

test('Figure 12(a): measured means with intervals, the paper’s lines beside them, only the cells of L_SS = 20', () => {
  const values = valuesOf(specOf(fig12.plots[0]!, summaries));
  const measured = values.filter((v) => v.kind === 'measured' && /^drain: /.test(String(v.line)));
  assert.deepEqual(
    measured.map((v) => v.x),
    [10, 20, 40, 60, 80],
  );
  for (const v of measured) {
    assert.ok((v.low as number) <= (v.y as number) && (v.y as number) <= (v.high as number));
  }
  const paper = values.filter((v) => v.line === 'paper: 4·L_CS + L_SS');
  assert.deepEqual(
    paper.map((v) => [v.x, v.y]),
    [
      [10, 60],
      [20, 100],
      [40, 180],
      [60, 260],
      [80, 340],
    ],
  );
});

test('every SVG and PNG is the same on repeat, in whatever order figures are drawn', async () => {
  const specs = fig12.plots.map((plot) => specOf(plot, summaries));
  const first: string[] = [];
  for (const spec of specs) first.push(await renderSvg(spec));
  for (const [index, spec] of [...specs.entries()].reverse()) {
    const svg = await renderSvg(spec);
    assert.equal(svg, first[index]);
    assert.deepEqual(renderPng(svg), renderPng(first[index]!));
  }
});

test('an SVG says in words what it shows: titles with units, both series, both formulae', async () => {
  const svg = await renderSvg(specOf(fig12.plots[1]!, summaries));
  const words = [
    'L_SS (ms)',
    'handoff gap at the client (ms)',
    'drain',
    'drain+advance-rr',
    'paper: 6·L_CS + 3·L_SS',
    'n = 5',
  ];
  for (const word of words) assert.ok(svg.includes(word), word);
  assert.ok(!/undefined|NaN|null/.test(svg));
});

test('a PNG has twice the size of its SVG, and letters in it', async () => {
  const svg = await renderSvg(specOf(fig12.plots[0]!, summaries));
  const png = Buffer.from(renderPng(svg));
  const size = /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number);
  assert.deepEqual(
    [png.readUInt32BE(16), png.readUInt32BE(20)],
    size.map((pixels) => 2 * pixels),
  );
  const mute = renderPng(svg.replace(/<text[^>]*>[^<]*<\/text>/g, ''));
  assert.ok(png.length > 1.2 * mute.length, `${png.length} octets with words, ${mute.length} without`);
});

test('a plot without data has no figure, and its old files go', async () => {
  assert.equal(figure(fig12.plots[0]!, fig12, []), undefined);
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-figures-'));
  try {
    await writeFile(join(dir, 'fig12a.svg'), 'of an earlier run');
    const only = summaries.filter((s) => s.parameters.ssMs !== 20);
    const result = await writeFigures(dir, fig12, only);
    assert.deepEqual(result, { written: ['fig12b', 'fig12b-beyond'], skipped: ['fig12a'] });
    const expected = result.written.flatMap((id) => [`${id}.png`, `${id}.svg`, `${id}.vl.json`]);
    assert.deepEqual((await readdir(dir)).sort(), expected.sort());
    assert.equal(
      JSON.parse(await readFile(join(dir, 'fig12b.vl.json'), 'utf8')).title.text,
      fig12.plots[1]!.title,
    );
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('panels and labelled series, as Figure 10 needs them', async () => {
  const plot: Plot = {
    ...fig12.plots[0]!,
    x: { parameter: 'waitMs', title: 'waiting time (ms)' },
    series: 'csMs',
    seriesLabel: (p) => `L_CS = ${p.csMs} ms`,
    facet: { parameter: 'rateKbit', title: 'upstream rate (kbit/s)' },
    where: {},
    reference: [{ series: 'L_CS = 40 ms', label: 'the least', expected: () => 300 }],
  };
  const samples = [1000, 2000].flatMap((rateKbit) =>
    [0, 40].flatMap((csMs) =>
      [0, 25].map((waitMs) => aSample({ parameters: { rateKbit, csMs, waitMs }, value: 400 })),
    ),
  );
  const spec = specOf(plot, evaluate(fig12, samples).summaries);
  assert.equal(valuesOf(spec).filter((v) => v.kind === 'paper').length, 4);
  const svg = await renderSvg(spec);
  for (const word of ['L_CS = 0 ms', 'L_CS = 40 ms', '1000', '2000', 'paper: the least'])
    assert.ok(svg.includes(word), word);
});

test('beside each panel stands what is around the least points of its lines, less the formula', async () => {
  const plot: Plot = {
    ...fig12.plots[0]!,
    ...{ x: { parameter: 'waitMs', title: 'waiting time (ms)' }, series: 'csMs', where: {} },
    ...{ facet: { parameter: 'rateKbit', title: 'rate' }, inset: { within: 50, title: 'near' } },
    reference: [{ series: '40', label: 'the least', expected: () => 300 }],
  };
  const gaps = [420, 350, 290, 310, 340];
  const samples = [1000, 2000].flatMap((rateKbit) =>
    gaps.map((value, index) => aSample({ parameters: { rateKbit, csMs: 40, waitMs: 50 * index }, value })),
  );
  const { vconcat } = specOf(plot, evaluate(fig12, samples).summaries) as unknown as {
    vconcat: { hconcat: { data?: { values: { x: number; y: number }[] } }[] }[];
  };
  assert.equal(vconcat.length, 2);
  assert.deepEqual(
    vconcat.map(({ hconcat }) => hconcat[1]?.data?.values.map(({ x, y }) => [x, y])),
    Array.from({ length: 2 }, () => [
      [50, 50],
      [100, -10],
      [150, 10],
    ]),
  );
});

test('a fitted line per series: its formula in the legend, its ends where the measurements end', () => {
  const values = valuesOf(specOf(fig12.plots[0]!, summaries));
  const ends = values.filter((v) => v.kind === 'fit' && /advance-rr/.test(String(v.line)));
  assert.deepEqual(
    ends.map((v) => v.x),
    [10, 80],
  );
  const [, slope, offset] = /: ([\d.]+)·L_CS \+ ([\d.]+) ms$/.exec(String(ends[0]!.line)) ?? [];
  assert.ok(Math.abs(Number(slope) - 4) < 0.02, `slope ${slope}`);
  assert.ok(Math.abs(Number(offset) - 20.5) < 1, `intercept ${offset}`);
  const rise = ((ends[1]!.y as number) - (ends[0]!.y as number)) / 70;
  assert.ok(Math.abs(rise - Number(slope)) < 0.006);
  const { fit: _, ...plain } = fig12.plots[0]!;
  assert.ok(valuesOf(specOf(plain, summaries)).every((v) => v.kind !== 'fit'));
});

test('bars stacked from measures, the paper’s beside them, with their heights in words', async () => {
  const plot: Plot = {
    ...fig12.plots[0]!,
    kind: 'stacked-bars',
    x: { parameter: 'rateKbit', title: 'upstream rate (kbit/s)' },
    stack: [
      { measure: 'phase-1', label: '1 extraction', paper: (p) => (p.rateKbit === 2000 ? 4 : undefined) },
      { measure: 'phase-2', label: '2 transfer', paper: (p) => (p.rateKbit === 2000 ? 300 : undefined) },
    ],
    where: {},
    reference: [],
  };
  const samples = [1000, 2000].flatMap((rateKbit) =>
    ['phase-1', 'phase-2', 'handoff-gap'].map((measure) =>
      aSample({ parameters: { rateKbit }, measure, value: measure === 'phase-2' ? 400 : 5 }),
    ),
  );
  const spec = specOf(plot, evaluate(fig12, samples).summaries);
  assert.deepEqual(
    valuesOf(spec).map((v) => [v.kind, v.source, v.x, v.y]),
    [
      ['part', 'measured', 1000, 5],
      ['part', 'measured', 2000, 5],
      ['part', 'measured', 1000, 400],
      ['part', 'measured', 2000, 400],
      ['part', 'paper', 2000, 4],
      ['part', 'paper', 2000, 300],
      ['total', 'measured', 1000, 405],
      ['total', 'measured', 2000, 405],
      ['total', 'paper', 2000, 304],
    ],
  );
  const svg = await renderSvg(spec);
  for (const word of ['1 extraction', '2 transfer', 'paper', '405', '304'])
    assert.ok(svg.includes(word), word);
});

test('below a figure with fitted lines stands what was measured less the formula, by its own scale', () => {
  const { vconcat } = specOf(fig12.plots[0]!, summaries) as unknown as {
    vconcat: readonly { readonly data?: { readonly values: readonly Record<string, unknown>[] } }[];
  };
  assert.equal(vconcat.length, 2);
  const below = vconcat[1]!.data!.values;
  const spec = valuesOf(specOf(fig12.plots[0]!, summaries));
  const measured = spec.filter(({ kind }) => kind === 'measured');
  assert.equal(below.length, measured.length);
  for (const { line, x, y } of below) {
    const mean = measured.find((one) => one.line === line && one.x === x)?.y as number;
    const formula = String(line).startsWith('drain: ') ? 6 * (x as number) + 60 : 4 * (x as number) + 20;
    assert.ok(Math.abs((y as number) - (mean - formula)) < 1e-6, `${line} at ${x}: ${y}`);
  }
});

test('a dashed line of the paper has the colour of the series that it belongs to', () => {
  const plot: Plot = { ...fig12.plots[2]!, where: { ...fig12.plots[2]!.where, ssMs: [10, 20, 40, 60, 80] } };
  const { layer } = specOf(plot, summaries) as unknown as {
    layer: readonly {
      readonly transform?: readonly { readonly filter: string }[];
      readonly mark: { readonly stroke?: string };
      readonly encoding: {
        readonly stroke?: { readonly scale: { readonly domain: string[]; readonly range: string[] } };
      };
    }[];
  };
  const { domain, range } = layer.find(({ encoding }) => encoding.stroke !== undefined)!.encoding.stroke!
    .scale;
  for (const series of ['drain', 'drain+advance-rr']) {
    const dashed = layer.filter(({ transform = [] }) =>
      transform.some(({ filter }) => filter.endsWith(`datum.series === "${series}"`)),
    );
    assert.equal(dashed.length, 1, series);
    assert.equal(dashed[0]!.mark.stroke, range[domain.indexOf(series)], series);
  }
});
