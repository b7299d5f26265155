import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSamples } from '../../analysis/csv.ts';
import { storedCells } from '../cells/cell-store.ts';
import { experimentFolders } from '../results/analyze-run.ts';
import { unknown } from '../results/checkout.ts';
import { refusingDamage, remedyForTables } from '../results/damaged-results.ts';
import { type ReadManifest, readManifest } from '../results/manifest.ts';
import { UsageError } from '../usage-error.ts';

const field = 'RUN';

/** An experiment of a run that may be published. */
export interface CheckedExperiment {
  /** the folder's name below the run's */
  readonly name: string;
  readonly folder: string;
  readonly manifest: ReadManifest;
}

/** What all experiments of one run share. */
const common = ['commit', 'seed', 'profile', 'analysis', 'node', 'kernel', 'version'] as const;

/**
 * The experiments of the run in `dir`: finished, whole, all of one clean commit. Throws UsageError that names what is not so. The
 * content of cells is checked where it is copied: the captures of a whole run are tens of gigabytes.
 */
export async function checkedRun(dir: string): Promise<readonly CheckedExperiment[]> {
  const names = await experimentFolders(dir, field);
  await refuseUnfinished(dir, names);
  const checked: CheckedExperiment[] = [];
  for (const name of names) {
    const folder = join(dir, name);
    const experiment = { name, folder, manifest: await readManifest(folder, field) };
    refuseCheckout(experiment);
    refuseMixed(checked[0] ?? experiment, experiment);
    await refuseIncomplete(experiment);
    checked.push(experiment);
  }
  return checked;
}

/** The report is the last thing that a run writes, and goes first when a run begins. */
async function refuseUnfinished(dir: string, finished: readonly string[]): Promise<void> {
  const remedy = 'run it to its end: the same command goes on';
  const report = await access(join(dir, 'report.html')).then(
    () => true,
    () => false,
  );
  if (!report) throw new UsageError(field, dir, 'holds no report.html, so it was not finished', remedy);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (!entry.isDirectory() || finished.includes(entry.name)) continue;
    if ((await storedCells(join(dir, entry.name, 'cells'))).length === 0) continue;
    throw new UsageError(field, join(dir, entry.name), 'has cells and no manifest.json', remedy);
  }
}

function refuseCheckout({ folder, manifest: { commit, dirty, shard } }: CheckedExperiment): void {
  const remedy = 'run it again at a commit, in a checkout without changes';
  if (typeof commit !== 'string' || commit === unknown || dirty === unknown)
    throw new UsageError(field, folder, 'does not say at which commit it was measured', remedy);
  if (dirty !== false) throw new UsageError(field, folder, `was measured with changes to ${commit}`, remedy);
  if (shard !== undefined)
    throw new UsageError(field, folder, `is shard ${shard} of a run`, 'merge its shards first');
}

function refuseMixed(first: CheckedExperiment, other: CheckedExperiment): void {
  for (const name of common) {
    const [a, b] = [first, other].map(({ manifest }) => JSON.stringify(manifest[name]));
    if (a === b) continue;
    const problem = `has another ${name} than ${first.name}: ${b} instead of ${a}`;
    throw new UsageError(field, other.folder, problem, 'run all experiments at one commit, into one --out');
  }
}

async function refuseIncomplete({ folder, manifest }: CheckedExperiment): Promise<void> {
  const remedy = 'run it again into the same --out: only what is missing is measured';
  const stored = new Set(await storedCells(join(folder, 'cells')));
  const missing = manifest.cells.filter(({ cell }) => !stored.has(cell));
  if (missing.length > 0)
    throw new UsageError(field, folder, `lacks ${missing.length} cells (${missing[0]!.cell}, …)`, remedy);
  const samples = await refusingDamage(field, folder, remedyForTables(folder), () => readSamples(folder));
  const sampled = new Set(samples.map(({ cell }) => cell));
  const silent = manifest.cells.find(({ cell }) => !sampled.has(cell));
  if (silent !== undefined)
    throw new UsageError(field, folder, `has no samples of ${silent.cell}`, remedyForTables(folder));
}
