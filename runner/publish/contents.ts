import { cp, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { digestsFile } from '../../analysis/kept-digests.ts';
import { compressedSuffix, readStored, storedPath } from '../../analysis/stored-file.ts';
import { changedFile, storedFiles } from '../cells/cell-store.ts';
import { makeFolders } from '../make-folders.ts';
import { UsageError } from '../usage-error.ts';
import type { CheckedExperiment } from './check-run.ts';

const tables = ['manifest.json', 'summary.csv', 'claims.csv'];
const bulky = ['samples.csv'];
/** of a cell whose capture is published: Wireshark opens it with these */
const besideCapture = ['cell.json', 'esp_sa', 'preferences', 'tls_keys', 'events.jsonl'];
const CAPTURE = 'router.pcap';
/** What is smaller is kept as it is. */
const compressFromBytes = 300_000;
/** Repetitions of a cell are alike: a window over several of them halves the file. */
const zstd = { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 25 };

/** Experiments whose figures are drawn from single captures: all of theirs are published. */
const drawnFromCaptures = new Set(['fig11']);

/** A cell whose capture goes along where there is room. */
export interface ExampleCell {
  readonly folder: string;
  readonly bytes: number;
}

/**
 * Copies what is published of an experiment into `target`: tables, figures, captures, and the digests of all. Returns the cell that is
 * there as an example alone; undefined where all are asked for, or none was kept.
 */
export async function copyExperiment(
  experiment: CheckedExperiment,
  target: string,
  withCaptures: ReadonlySet<string>,
): Promise<ExampleCell | undefined> {
  const { folder, name } = experiment;
  await makeFolders(target);
  for (const file of tables) await cp(join(folder, file), join(target, file));
  for (const file of bulky) await copyCompressed(join(folder, file), join(target, file));
  await copyFolder(join(folder, 'plots'), join(target, 'plots'));
  await writeFile(join(target, digestsFile), await digestsCsv(experiment));
  const all = withCaptures.has(name) || drawnFromCaptures.has(experiment.manifest.experiment);
  const chosen = all ? experiment.manifest.cells.map(({ cell }) => cell) : await example(experiment);
  for (const cell of chosen) await copyCell(join(folder, 'cells', cell), join(target, 'cells', cell));
  const [first] = chosen;
  if (all || first === undefined) return undefined;
  const copied = join(target, 'cells', first);
  return { folder: copied, bytes: await bytesBelow(copied) };
}

/** The octets of all files below a folder. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.map(async (entry) =>
    entry.isFile() ? (await stat(join(entry.parentPath, entry.name))).size : 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

export async function copyFolder(from: string, to: string): Promise<void> {
  if ((await stat(from).catch(() => undefined)) !== undefined) await cp(from, to, { recursive: true });
}

/** One cell as an example: that with the smallest capture, the first of equals; none where no capture was kept. */
async function example({ folder, manifest }: CheckedExperiment): Promise<readonly string[]> {
  let smallest: { readonly cell: string; readonly size: number } | undefined;
  for (const { cell } of manifest.cells) {
    const capture = storedPath(join(folder, 'cells', cell, CAPTURE));
    if (capture === undefined) continue;
    const { size } = await stat(capture);
    if (smallest === undefined || size < smallest.size) smallest = { cell, size };
  }
  return smallest === undefined ? [] : [smallest.cell];
}

async function copyCell(from: string, to: string): Promise<void> {
  if (storedPath(join(from, CAPTURE)) === undefined) return;
  const changed = await changedFile(from);
  if (changed !== undefined) {
    const remedy = 'run it again into the same --out: only this cell is measured';
    throw new UsageError('RUN', join(from, changed), 'was changed after the run', remedy);
  }
  await makeFolders(to);
  const present = new Set(await readdir(from));
  for (const name of besideCapture.filter((each) => present.has(each)))
    await copyCompressed(join(from, name), join(to, name));
  await compress(join(from, CAPTURE), join(to, CAPTURE));
}

/** All that a run measured, by content: whoever measures a cell again can compare it with captures that are not here. */
async function digestsCsv({ folder, manifest }: CheckedExperiment): Promise<string> {
  const files = ['router.pcap', 'events.jsonl', 'tls_keys'];
  const rows = manifest.cells.map(async ({ cell, fingerprint, repetitions, seed }) => {
    const digests = await storedFiles(join(folder, 'cells', cell));
    const known = files.map((name) => digests[name] ?? '');
    return [cell, String(repetitions ?? ''), String(seed ?? ''), fingerprint, ...known];
  });
  return stringify([['cell', 'repetitions', 'seed', 'fingerprint', ...files], ...(await Promise.all(rows))]);
}

async function copyCompressed(from: string, to: string): Promise<void> {
  const { size } = await stat(from);
  if (size < compressFromBytes) await cp(from, to);
  else await compress(from, to);
}

/** What was compressed already, to save room, is compressed once more, for it takes more time here and less room for good. */
async function compress(from: string, to: string): Promise<void> {
  const octets = await promisify(zstdCompress)(readStored(from), { params: zstd });
  await writeFile(`${to}${compressedSuffix}`, octets);
}
