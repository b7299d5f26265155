import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { analyzeExperiment } from '../../analysis/analyze-experiment.ts';
import { readSamples } from '../../analysis/csv.ts';
import { digestsFile } from '../../analysis/kept-digests.ts';
import { compareFolder } from '../../analysis/report/comparisons.ts';
import { writeReport } from '../../analysis/report/report.ts';
import { resultFolders } from '../../analysis/result-folders.ts';
import type { Manifest, Results } from '../../analysis/results.ts';
import type { Sample } from '../../analysis/sample.ts';
import { groupBy } from '../../analysis/select.ts';
import type { Experiment } from '../../experiments/experiment.ts';
import { experiments, findExperiment } from '../../experiments/index.ts';
import { changedFile, storedCells, storedFiles } from '../cells/cell-store.ts';
import { runPool } from '../cells/pool.ts';
import { parseShard, partByCount } from '../cells/shard.ts';
import { VerifiedFiles } from '../cells/verified-files.ts';
import type { RunEvent } from '../progress/events.ts';
import { UsageError } from '../usage-error.ts';
import { analysisKey } from './analysis-key.ts';
import { Analysts } from './analysts.ts';
import { hasCapture, hashedFiles, samplesOf } from './cell-samples.ts';
import { refusingDamage, remedyForCells } from './damaged-results.ts';
import { type ReadManifest, readManifest } from './manifest.ts';
import { meansOf } from './means.ts';

/** An experiment's results together with the experiment. */
export interface AnalyzedExperiment {
  readonly experiment: Experiment;
  /** of the folder below the run's */
  readonly name: string;
  readonly manifest: ReadManifest;
  readonly results: Results;
}

interface AnalyzeOptions {
  /** called before each cell; may throw */
  readonly goOn?: () => void;
  /** files that need not be read to know their content */
  readonly verified?: VerifiedFiles;
}

/** Analyses the named cells of an experiment's folder and writes tables, figures and manifest there. */
export function analyzeCells(
  folder: string,
  experiment: Experiment,
  cells: readonly string[],
  manifest: Manifest,
  { goOn = () => undefined, verified = new VerifiedFiles() }: AnalyzeOptions = {},
): Promise<Results> {
  return analyzeExperiment(folder, experiment, manifest, {
    cells: [...cells].sort(),
    samplesOf: async (cellFolder) => {
      goOn();
      return samplesOf(cellFolder, experiment, { digests: await verified.of(cellFolder, hashedFiles) });
    },
  });
}

/**
 * Analyses again what lies in the results folder `dir`, experiment by experiment, and writes tables, figures, manifests
 * and report anew. Throws UsageError, under the name `field`, for a folder without results or one that lacks a cell.
 */
export async function analyzeFolder(
  dir: string,
  field: string,
  emit: (event: RunEvent) => void,
  verified = new VerifiedFiles(),
): Promise<readonly AnalyzedExperiment[]> {
  const analyzed: AnalyzedExperiment[] = [];
  await using analysts = Analysts.forFolders();
  for (const name of await experimentFolders(dir, field)) {
    const folder = join(dir, name);
    const manifest = await readManifest(folder, field);
    const experiment = experimentOf(manifest, folder, field);
    const cells = cellsOfManifest(manifest);
    await checkCells(folder, cells, field, emit, { verified, analysts });
    const made = { ...manifest, analysis: await analysisKey() };
    const results = await refusingDamage(field, folder, remedyForCells, async () => {
      await readCaptures(folder, experiment, cells, { verified, analysts });
      return analyzeCells(folder, experiment, cells, made, { verified });
    });
    analyzed.push({ experiment, name, manifest, results });
  }
  await writeReport(dir);
  return analyzed;
}

/**
 * The same, with everything written into the new folder `out` and nothing into `dir`: a published run, or one that may only be read. Where
 * a cell's capture was not kept, its samples are those of `samples.csv`.
 */
export async function analyzeInto(
  dir: string,
  out: string,
  field: string,
  emit: (event: RunEvent) => void,
): Promise<readonly AnalyzedExperiment[]> {
  const analyzed: AnalyzedExperiment[] = [];
  for (const name of await experimentFolders(dir, field)) {
    const from = join(dir, name);
    const manifest = await readManifest(from, field);
    const experiment = experimentOf(manifest, from, field);
    const made = { ...manifest, analysis: await analysisKey() };
    const results = await refusingDamage(field, from, remedyForCells, async () => {
      const kept = groupBy(await readSamples(from), ({ cell }) => cell);
      const read = cellsOfManifest(manifest).filter((cell) => hasCapture(join(from, 'cells', cell)));
      const rest = cellsOfManifest(manifest).length - read.length;
      if (rest > 0)
        emit({
          event: 'note',
          text: `${name}: ${read.length} captures read, samples of ${rest} cells as published`,
        });
      const samplesIn = async (folder: string) =>
        read.includes(basename(folder))
          ? samplesOf(folder, experiment, { keep: false })
          : (kept.get(basename(folder)) ?? []);
      return analyzeExperiment(join(out, name), experiment, made, {
        ...{ from, samplesOf: samplesIn, cells: [...cellsOfManifest(manifest)].sort() },
      });
    });
    analyzed.push({ experiment, name, manifest, results });
  }
  await writeReport(out);
  return analyzed;
}

/** Names of the folders below `dir` that hold an experiment's results, in the paper's order. Throws UsageError for none. */
export async function experimentFolders(dir: string, field: string): Promise<readonly string[]> {
  const names = await resultFolders(dir).catch(() => undefined);
  if (names === undefined) throw new UsageError(field, dir, 'is no folder', 'name the --out folder of a run');
  if (names.length === 0)
    throw new UsageError(field, dir, 'holds no finished results', 'name the --out folder of a finished run');
  return names;
}

/** The cells that the folder of this manifest holds: all of the run, or its shard's. */
export function cellsOfManifest({ cells, shard, shardCells }: ReadManifest): readonly string[] {
  const names = cells.map(({ cell }) => cell);
  if (shard === undefined) return names;
  return shardCells ?? partByCount(names, parseShard(shard));
}

/** What there is to tell of an experiment's results. */
export function claimsEvent({ experiment, name, manifest, results }: AnalyzedExperiment): RunEvent {
  const clock = name === experiment.id ? '' : `, ${manifest.clock} clock`;
  const title = `${experiment.title} (${experiment.source})${clock}`;
  const { claims, samples } = results;
  const base = { experiment: name, title, claims, failures: failuresOf(samples) };
  // A bound alone (that two views agree, say) tells no figure of this run.
  const judged = claims.some(({ verdict, expected }) => verdict !== 'not run' && expected !== undefined);
  return { event: 'claims', ...base, ...(judged ? {} : { means: meansOf(experiment, results.summaries) }) };
}

/** Repetitions that failed, each once, with the reason. */
function failuresOf(samples: readonly Sample[]): readonly string[] {
  const failed = samples.filter((sample) => sample.outcome === 'failed');
  const lines = failed.map(({ cell, repetition, reason }) => `${cell}, repetition ${repetition}: ${reason}`);
  return [...new Set(lines)];
}

/** What follows from cells that are about to change; without it nobody takes the old results for the new ones. */
export async function removeResults(folder: string): Promise<void> {
  // The manifest first: it is what says that the others belong together.
  for (const name of ['manifest.json', 'claims.csv', 'summary.csv', 'samples.csv', 'plots'])
    await rm(join(folder, name), { recursive: true, force: true });
  // What was compared with these cells is no comparison with the new ones.
  const compared = join(dirname(folder), compareFolder);
  const names = await readdir(compared).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(`${basename(folder)}-`)))
    await rm(join(compared, name), { force: true });
}

/** The experiment of a results folder. Throws UsageError, under the name `field`, for one that is not known. */
export function experimentOf(manifest: ReadManifest, folder: string, field: string): Experiment {
  const experiment = findExperiment(manifest.experiment);
  if (experiment !== undefined) return experiment;
  const known = experiments.map(({ id }) => id).join(', ');
  throw new UsageError(
    field,
    folder,
    `holds an unknown experiment '${manifest.experiment}'`,
    `known are: ${known}; for one of your own add --experiment FILE`,
  );
}

async function checkCells(
  folder: string,
  cells: readonly string[],
  field: string,
  emit: (event: RunEvent) => void,
  { verified, analysts }: Readers,
): Promise<void> {
  const stored = await storedCells(join(folder, 'cells'));
  const missing = cells.filter((cell) => !stored.includes(cell));
  if (missing.length > 0) {
    const remedy = existsSync(join(folder, digestsFile))
      ? 'a published run is analysed into a folder of its own: --out out/again'
      : 'run it again into the same --out: only these are measured; or analyse what is here: --out out/again';
    throw new UsageError(field, folder, `lacks ${missing.length} cells (${missing[0]}, …)`, remedy);
  }
  const notes = new Map<string, string>();
  await inParallel(cells, analysts, async (cell) => {
    const place = join(folder, 'cells', cell);
    const files = await storedFiles(place);
    const known = await verified.of(place, Object.keys(files));
    if (Object.keys(files).every((name) => known[name] === files[name])) return;
    const changed = await changedFile(place, undefined, (file) => analysts.digest(file));
    if (changed === undefined) await verified.remember(place, files);
    else notes.set(cell, `note: ${changed} of ${cell} was changed after the run`);
  });
  for (const cell of cells) {
    const text = notes.get(cell);
    if (text !== undefined) emit({ event: 'note', text });
  }
}

/** Who reads files, and what is known of them. */
interface Readers {
  readonly verified: VerifiedFiles;
  readonly analysts: Analysts;
}

/** Makes the samples that are missing or out of date, several captures at a time; they stay beside these. */
async function readCaptures(
  folder: string,
  experiment: Experiment,
  cells: readonly string[],
  { verified, analysts }: Readers,
): Promise<void> {
  await inParallel(cells, analysts, async (cell) => {
    const place = join(folder, 'cells', cell);
    await samplesOf(place, experiment, { digests: await verified.of(place, hashedFiles), analysts });
  });
}

/** Throws the first failure. */
async function inParallel(
  cells: readonly string[],
  { width }: Analysts,
  work: (cell: string) => Promise<void>,
): Promise<void> {
  const [failure] = await runPool(cells, { jobs: width, signal: new AbortController().signal }, work);
  if (failure !== undefined) throw failure.error;
}
