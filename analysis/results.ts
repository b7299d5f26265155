import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Experiment } from '../experiments/experiment.ts';
import { type ClaimResult, judge } from './claims.ts';
import { claimsCsv, samplesCsv, summaryCsv } from './csv.ts';
import { rounded } from './number.ts';
import type { Sample } from './sample.ts';
import { type Summary, summarize } from './statistics.ts';

/** What a run says of itself: commit, kernel, Node, seed, parameters, host, timing. */
export type Manifest = Readonly<Record<string, unknown>>;

/** When the run began, as ISO 8601; '' where it does not say. */
export function startedAt({ timing }: Manifest): string {
  const { startedAt: told } = (timing ?? {}) as { readonly startedAt?: unknown };
  return typeof told === 'string' ? told : '';
}

export interface Results {
  readonly samples: readonly Sample[];
  readonly summaries: readonly Summary[];
  readonly claims: readonly ClaimResult[];
}

/** Samples in their canonical order and precision, with what follows from them. The order of the input does not matter. */
export function evaluate(experiment: Experiment, samples: readonly Sample[]): Results {
  const exact = samples.map((s) => (s.value === undefined ? s : { ...s, value: rounded(s.value) }));
  const ordered = exact.sort(compareSamples(experiment, samples));
  return { samples: ordered, summaries: summarize(ordered), claims: judge(experiment, ordered) };
}

/**
 * Writes `samples.csv`, `summary.csv`, `claims.csv` and `manifest.json` into `dir` (made where missing). Each file
 * appears whole or not at all, and the same samples give the same octets.
 */
export async function writeResults(
  dir: string,
  run: { readonly experiment: Experiment; readonly samples: readonly Sample[]; readonly manifest: Manifest },
): Promise<Results> {
  const results = evaluate(run.experiment, run.samples);
  await writeWhole(join(dir, 'samples.csv'), samplesCsv(results.samples));
  await writeWhole(join(dir, 'summary.csv'), summaryCsv(results.summaries));
  await writeWhole(join(dir, 'claims.csv'), claimsCsv(results.claims));
  await writeWhole(join(dir, 'manifest.json'), `${JSON.stringify(run.manifest, undefined, 2)}\n`);
  return results;
}

/** Writes a file beside its place and renames it: a reader sees the old file or the new one, never a part. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { flush: true });
  await rename(temporary, path);
}

function compareSamples(
  experiment: Experiment,
  samples: readonly Sample[],
): (a: Sample, b: Sample) => number {
  const cells = rankCells(samples);
  const variants = new Map(experiment.variants.map((name, index) => [name, index]));
  const measures = new Map(experiment.measures.map((measure, index) => [measure.name, index]));
  const place = (places: ReadonlyMap<string, number>, name: string) => places.get(name) ?? places.size;
  return (a, b) =>
    place(cells, a.cell) - place(cells, b.cell) ||
    compareText(a.clock, b.clock) ||
    place(variants, a.variant) - place(variants, b.variant) ||
    compareText(a.variant, b.variant) ||
    a.repetition - b.repetition ||
    place(measures, a.measure) - place(measures, b.measure) ||
    compareText(a.measure, b.measure);
}

/** Cells by their parameters as numbers (10 before 100), then by name. */
function rankCells(samples: readonly Sample[]): ReadonlyMap<string, number> {
  const cells = [...new Map(samples.map((s) => [s.cell, s])).values()];
  const names = [...new Set(cells.flatMap((cell) => Object.keys(cell.parameters)))].sort();
  const number = (sample: Sample, name: string) => sample.parameters[name] ?? Number.NEGATIVE_INFINITY;
  cells.sort((a, b) => {
    const name = names.find((candidate) => number(a, candidate) !== number(b, candidate));
    if (name === undefined) return compareText(a.cell, b.cell);
    return number(a, name) < number(b, name) ? -1 : 1;
  });
  return new Map(cells.map((cell, index) => [cell.cell, index]));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
