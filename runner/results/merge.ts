import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { changedFile, digestOf, storedCells, storedFiles } from '../cells/cell-store.ts';
import { VerifiedFiles } from '../cells/verified-files.ts';
import { makeFolders } from '../make-folders.ts';
import type { RunEvent } from '../progress/events.ts';
import { UsageError } from '../usage-error.ts';
import {
  type AnalyzedExperiment,
  analyzeFolder,
  cellsOfManifest,
  experimentFolders,
  removeResults,
} from './analyze-run.ts';
import { unknown } from './checkout.ts';
import { type ReadManifest, readManifest } from './manifest.ts';
import { type CaptureWay, placeCell } from './place-cells.ts';
import { type Part, refuseMixed, shortcomings } from './same-run.ts';

const field = 'merge';

/**
 * Joins the shards in `dirs` into the results folder `out`: what the whole run on one machine would have left there, but
 * for the manifest's `host` and `timing`. A cell that several shards hold must be the same in all. Each capture is read once; `way` says how it
 * gets to its new place.
 *
 * Throws UsageError when the shards are not of one run (commit, seed, kernel, parameters, clock, …), when one is missing,
 * or when `out` holds something already; then nothing is written.
 */
export async function mergeRuns(
  dirs: readonly string[],
  out: string,
  emit: (event: RunEvent) => void,
  way: CaptureWay = 'link',
): Promise<readonly AnalyzedExperiment[]> {
  await refuseUsed(out);
  const parts = await partsByExperiment(dirs);
  const plans: MergePlan[] = [];
  for (const [id, shards] of parts) plans.push(await planMerge(id, shards));
  for (const text of new Set([...parts.values()].flatMap(shortcomings))) emit({ event: 'note', text });
  const draft = `${resolve(out)}.partial`;
  await rm(draft, { recursive: true, force: true });
  try {
    const verified = new VerifiedFiles();
    for (const plan of plans) await placeCells(plan, join(draft, plan.id), way, verified);
    const analyzed = await analyzeFolder(draft, field, emit, verified);
    await rm(out, { recursive: true, force: true });
    await rename(draft, out);
    // Not before everything is there: until then the shards are all there is.
    if (way === 'move') for (const { folder } of [...parts.values()].flat()) await removeCells(folder);
    return analyzed;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A shard whose captures were moved is no results folder any more. */
async function removeCells(folder: string): Promise<void> {
  await removeResults(folder);
  await rm(join(folder, 'cells'), { recursive: true, force: true });
}

/** A folder for new results must be new, or empty. Throws UsageError. */
export async function refuseUsed(out: string): Promise<void> {
  const found = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UsageError('--out', out, `cannot be used (${error.code})`, 'name a new folder');
  });
  if (found.length > 0) throw new UsageError('--out', out, 'is not empty', 'name a new folder');
}

async function partsByExperiment(dirs: readonly string[]): Promise<ReadonlyMap<string, readonly Part[]>> {
  const parts = new Map<string, Part[]>();
  for (const dir of dirs) {
    for (const name of await experimentFolders(dir, field)) {
      const folder = join(dir, name);
      const part = { folder, manifest: await readManifest(folder, field) };
      parts.set(name, [...(parts.get(name) ?? []), part]);
    }
  }
  return parts;
}

interface MergePlan {
  readonly id: string;
  readonly manifest: ReadManifest;
  /** cell → the folder it is taken from */
  readonly sources: ReadonlyMap<string, string>;
}

async function planMerge(id: string, parts: readonly Part[]): Promise<MergePlan> {
  const first = parts[0]!;
  for (const part of parts.slice(1)) refuseMixed(first, part);
  const sources = new Map<string, string>();
  for (const { folder, manifest } of parts) {
    const stored = await storedCells(join(folder, 'cells'));
    for (const cell of cellsOfManifest(manifest).filter((name) => stored.includes(name))) {
      const source = join(folder, 'cells', cell);
      await refuseChanged(source);
      const known = sources.get(cell);
      if (known === undefined) sources.set(cell, source);
      else await refuseUnequal(known, source);
    }
  }
  const missing = first.manifest.cells.filter(({ cell }) => !sources.has(cell));
  if (missing.length > 0) {
    const problem = `lacks ${missing.length} of ${first.manifest.cells.length} cells (${missing[0]!.cell}, …)`;
    throw new UsageError(field, id, problem, 'name the folders of all shards');
  }
  const { shard: _, shardCells: __, ...manifest } = first.manifest;
  return { id, manifest: { ...manifest, ...knownCheckout(parts) }, sources };
}

/** What the shards whose checkout is known say of it; in the place where it stands in a manifest. */
function knownCheckout(parts: readonly Part[]): Readonly<Record<string, unknown>> {
  const known = parts.find(({ manifest: { commit, dirty } }) => commit !== unknown && dirty !== unknown);
  return known === undefined ? {} : { commit: known.manifest.commit, dirty: known.manifest.dirty };
}

async function refuseChanged(cell: string): Promise<void> {
  const changed = await changedFile(cell);
  if (changed === undefined) return;
  throw new UsageError(field, join(cell, changed), 'was changed after the run', 'run that shard again');
}

async function refuseUnequal(a: string, b: string): Promise<void> {
  for (const name of await readdir(a)) {
    const digests = [a, b].map((folder) => digestOf(join(folder, name)).catch(() => 'missing'));
    const [one, other] = await Promise.all(digests);
    if (one === other) continue;
    const remedy = `see the difference with: handoff-lab diff '${a}' '${b}'`;
    throw new UsageError(field, join(b, name), `differs from ${join(a, name)}`, remedy);
  }
}

async function placeCells(
  { manifest, sources }: MergePlan,
  target: string,
  way: CaptureWay,
  verified: VerifiedFiles,
): Promise<void> {
  await makeFolders(join(target, 'cells'));
  for (const [cell, source] of sources) {
    const place = join(target, 'cells', cell);
    await placeCell(source, place, way);
    // What `planMerge` has read.
    await verified.remember(place, await storedFiles(source));
  }
  await writeFile(join(target, 'manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
