import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { writeReport } from '../../analysis/report/report.ts';
import { writeWhole } from '../../analysis/results.ts';
import { UsageError } from '../usage-error.ts';
import { type CheckedExperiment, checkedRun } from './check-run.ts';
import { bytesBelow, copyExperiment, copyFolder, type ExampleCell } from './contents.ts';
import { crateFactsOf } from './facts.ts';
import { indexPage, publishedRuns } from './index-page.ts';
import { placeOf, refuseOverlap, replaceWhole } from './place.ts';
import { type CrateFile, roCrateMetadata } from './ro-crate.ts';

const repository = resolve(import.meta.dirname, '../..');
const sumsFile = 'SHA256SUMS';
const crateFile = 'ro-crate-metadata.json';
/** The report, checksums and descriptions come to some megabytes at most. */
const roomForReport = 4e6;
/** These stand beside the results: the folder alone says what it is and how to cite it. */
const described = ['CITATION.cff', 'codemeta.json', 'LICENSE'];

interface PublishOptions {
  /** the `--out` folder of a finished run */
  readonly run: string;
  readonly name: string;
  /** the folder of published runs */
  readonly shelf: string;
  /** experiments of which all captures go along */
  readonly captures: readonly string[];
  /** in megabytes: what is larger is refused */
  readonly limitMb: number;
}

interface Published {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  /** cells whose captures were too large to go along as examples */
  readonly leftOut: readonly string[];
}

/**
 * Puts a finished run among the published ones and draws their index page anew. What stood there under this name goes when the new one
 * stands whole, not before. Throws UsageError for a run or a name that is not fit for it; then nothing has changed.
 */
export async function publishRun(options: PublishOptions): Promise<Published> {
  const { run, name, shelf } = options;
  const target = placeOf(shelf, name);
  await refuseOverlap(run, shelf, target);
  const experiments = await checkedRun(run);
  refuseUnknown(options.captures, experiments);
  let filled: Filled = { files: [], leftOut: [] };
  await replaceWhole(target, async (draft) => {
    filled = await fill(draft, options, experiments);
  });
  await writeWhole(join(shelf, 'index.html'), indexPage(await publishedRuns(shelf)));
  const { files, leftOut } = filled;
  return { folder: target, files: files.length, bytes: totalOf(files), leftOut };
}

async function fill(
  draft: string,
  { run, name, captures, limitMb }: PublishOptions,
  experiments: readonly CheckedExperiment[],
): Promise<Filled> {
  const asked = new Set(captures);
  const examples: ExampleCell[] = [];
  for (const experiment of experiments) {
    const example = await copyExperiment(experiment, join(draft, experiment.name), asked);
    if (example !== undefined) examples.push(example);
  }
  await copyFolder(join(run, 'compare'), join(draft, 'compare'));
  for (const file of described) await cp(join(repository, file), join(draft, file));
  const leftOut = await makeRoom(draft, examples, limitMb * 1e6 - roomForReport);
  // Anew: its links are to what lies beside it here.
  await writeReport(draft);
  const files = await filesBelow(draft);
  refuseLarge(files, limitMb);
  await writeFile(join(draft, crateFile), roCrateMetadata(crateFactsOf(name, experiments), files));
  const all = [...files, ...(await filesBelow(draft)).filter(({ path }) => path === crateFile)];
  await writeFile(join(draft, sumsFile), sums(all));
  return { files: all, leftOut };
}

interface Filled {
  readonly files: readonly CrateFile[];
  /** cells that would have gone along as examples, below the folder */
  readonly leftOut: readonly string[];
}

/** Takes the largest examples away again until the rest has room; what was asked for stays. */
async function makeRoom(
  draft: string,
  examples: readonly ExampleCell[],
  limit: number,
): Promise<readonly string[]> {
  const leftOut: string[] = [];
  let total = await bytesBelow(draft);
  for (const { folder, bytes } of [...examples].sort((a, b) => b.bytes - a.bytes)) {
    if (total <= limit) break;
    await rm(dirname(folder), { recursive: true });
    leftOut.push(`${relative(draft, folder)} (${megabytes(bytes)})`);
    total -= bytes;
  }
  return leftOut;
}

function refuseUnknown(captures: readonly string[], experiments: readonly CheckedExperiment[]): void {
  const known = experiments.map(({ name }) => name);
  const wrong = captures.find((name) => !known.includes(name));
  if (wrong === undefined) return;
  throw new UsageError('--captures', wrong, 'is not in this run', `use some of: ${known.join(', ')}`);
}

function refuseLarge(files: readonly CrateFile[], limitMb: number): void {
  const bytes = totalOf(files);
  if (bytes <= limitMb * 1e6) return;
  const largest = [...files].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  const named = largest.map(({ path, bytes: size }) => `${path} ${megabytes(size)}`).join(', ');
  const remedy = `name fewer --captures, or allow more: --limit (the largest: ${named})`;
  throw new UsageError(
    '--limit',
    `${limitMb}`,
    `MB are less than the ${megabytes(bytes)} of this run`,
    remedy,
  );
}

/** As `sha256sum --check` reads it. */
function sums(files: readonly CrateFile[]): string {
  return files
    .map(({ sha256, path }) => `${sha256}  ${path}\n`)
    .sort((a, b) => (a.slice(66) < b.slice(66) ? -1 : 1))
    .join('');
}

async function filesBelow(folder: string): Promise<readonly CrateFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: CrateFile[] = [];
  for (const path of paths.sort()) {
    const octets = await readFile(path);
    const sha256 = createHash('sha256').update(octets).digest('hex');
    files.push({ path: relative(folder, path), bytes: octets.length, sha256 });
  }
  return files;
}

function totalOf(files: readonly CrateFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
