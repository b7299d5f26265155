import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimsCsv, parseSamples, readSamples, samplesCsv } from '../../analysis/csv.ts';
import { evaluate, writeResults } from '../../analysis/results.ts';
import fig12 from '../../experiments/fig12.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { aSample, syntheticSamples } from '../support/synthetic-samples.ts';

const run = {
  experiment: fig12,
  profile: 'quick',
  measure: 'handoff-gap',
  unit: 'ms',
  model: (p, variant) => (variant === 'drain' ? 6 * p.csMs! + 3 * p.ssMs! : 4 * p.csMs! + p.ssMs!) + 0.3,
  noise: 0.4,
} as const satisfies Parameters<typeof syntheticSamples>[0];

async function inFolder<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'handoff-lab-results-'));
  try {
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('samples.csv: columns, plain numbers, quoted reasons', () => {
  const text = samplesCsv([
    aSample({ parameters: { ssMs: 20, csMs: 40 }, cell: 'a,b', value: 300.30400000000003 }),
    aSample({
      parameters: { csMs: 40, cs1Ms: 0.5 },
      cell: 'c',
      outcome: 'failed',
      reason: 'a "reset",\nseen',
    }),
  ]);
  assert.equal(
    text,
    'experiment,cell,cs1Ms,csMs,ssMs,repetition,seed,clock,variant,measure,value,unit,outcome,reason\n' +
      'synthetic,"a,b",,40,20,0,7,virtual,drain,handoff-gap,300.304,ms,succeeded,\n' +
      'synthetic,c,0.5,40,,0,7,virtual,drain,handoff-gap,,ms,failed,"a ""reset"",\nseen"\n',
  );
});

test('any samples survive the way to the file and back', () => {
  const words = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\r', ''));
  const micro = fc.integer({ min: -1e12, max: 1e12 }).map((n) => n / 1e6);
  const sample = fc.record({
    cell: words,
    parameters: fc.dictionary(
      fc.constantFrom('csMs', 'ssMs', 'lossPct'),
      micro.map((n) => n + 0),
    ),
    variant: words,
    clock: fc.constantFrom('virtual' as const, 'wall' as const),
    seed: fc.nat(),
    repetition: fc.nat(),
    measure: words,
    unit: words,
    reason: words,
    outcome: fc.constantFrom('succeeded' as const, 'failed' as const, 'unsupported' as const),
  });
  const withValue = fc.tuple(sample, fc.option(micro, { nil: undefined })).map(([s, value]) => ({
    ...aSample({ ...s, parameters: { ...s.parameters } }),
    ...(value === undefined ? {} : { value }),
  }));
  fc.assert(
    fc.property(fc.array(withValue, { maxLength: 5 }), (samples) => {
      assert.deepEqual(parseSamples(samplesCsv(samples)), samples);
    }),
  );
});

test('a file that no run has written is refused with the record', () => {
  const good = samplesCsv([aSample({ parameters: { csMs: 1 }, value: 2 })]);
  const refused = (text: string, message: RegExp) =>
    assert.throws(
      () => parseSamples(text),
      (error) => error instanceof DecodeError && message.test(error.message),
    );
  refused('', /record 1: expected the columns/);
  refused(good.replace('repetition', 'round'), /record 1: expected the columns/);
  refused(good.replace('virtual', 'solar'), /record 2: clock 'solar' is none of virtual, elastic, wall/);
  refused(good.replace('succeeded', 'maybe'), /record 2: outcome 'maybe'/);
  refused(good.replace(',2,ms', ',two,ms'), /record 2: value 'two' is no number/);
  refused(good.replace(',2,ms', ',2'), /record 2: 13 columns|record 2: 12 columns|record 2: 11 columns/);
});

test('results are the same octets whatever the order of the samples, and whether from memory or from disk', async () => {
  await inFolder(async (dir) => {
    const samples = syntheticSamples(run);
    const manifest = { seed: 1 };
    await writeResults(join(dir, 'a'), { experiment: fig12, samples, manifest });
    await writeResults(join(dir, 'b'), { experiment: fig12, samples: [...samples].reverse(), manifest });
    const back = await readSamples(join(dir, 'a'));
    await writeResults(join(dir, 'c'), { experiment: fig12, samples: back, manifest });
    assert.deepEqual((await readdir(join(dir, 'a'))).sort(), [
      'claims.csv',
      'manifest.json',
      'samples.csv',
      'summary.csv',
    ]);
    for (const file of await readdir(join(dir, 'a'))) {
      const original = await readFile(join(dir, 'a', file), 'utf8');
      assert.equal(await readFile(join(dir, 'b', file), 'utf8'), original, file);
      assert.equal(await readFile(join(dir, 'c', file), 'utf8'), original, file);
    }
  });
});

test('cells stand in the order of their numbers, variants and measures in the experiment’s', () => {
  const cell = (csMs: number, variant: string, measure: string) =>
    aSample({ parameters: { csMs }, variant, measure, value: 1 });
  const { samples } = evaluate(fig12, [
    cell(100, 'drain', 'handoff-gap'),
    cell(20, 'drain', 'phase-1'),
    cell(20, 'drain', 'handoff-gap'),
    cell(20, 'drain+advance-rr', 'handoff-gap'),
  ]);
  assert.deepEqual(
    samples.map((s) => [s.parameters.csMs, s.variant, s.measure]),
    [
      [20, 'drain', 'handoff-gap'],
      [20, 'drain', 'phase-1'],
      [20, 'drain+advance-rr', 'handoff-gap'],
      [100, 'drain', 'handoff-gap'],
    ],
  );
});

test('claims.csv: its columns, and empty cells for what was not measured', () => {
  const claims = claimsCsv(evaluate(fig12, []).claims);
  const [header, first] = claims.split('\n');
  assert.equal(
    header,
    'id,about,section,source,statement,expected,tolerance,measured,ci95_low,ci95_high,verdict,reason,tolerance_reason,refined_by',
  );
  assert.match(first!, /^fig12-drain:csMs,paper,§6\.4,.*,6,0\.05,,,,not run,/);
});
