import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { CellRecord } from '../../analysis/cell.ts';
import { streamStored } from '../../analysis/stored-file.ts';
import { makeFolders } from '../make-folders.ts';
import type { VerifiedFiles } from './verified-files.ts';

/** Ends the name of a folder that is not a cell yet. */
const partialSuffix = '.partial';
const required = ['events.jsonl', 'router.pcap'] as const;
/** `tls_keys`: secrets of the members' channels, where a lab has members */
const evidence = [...required, 'tls_keys'] as const;

/** What `defectOf` says of a cell that is not what would be measured now. */
export const otherConditions = 'it was measured under other conditions';

const storedCell = z.object({
  fingerprint: z.string(),
  /** file → SHA-256 */
  files: z.record(z.string(), z.string()),
});

/** A cell's files: name → SHA-256 of the content. */
export type FileDigests = Readonly<Record<string, string>>;

interface KeptCell {
  readonly record: CellRecord;
  readonly fingerprint: string;
  /**
   * runs before the cell appears, on its folder: what it writes or removes there is part of the cell. `digests`: of what the lab has left, which it
   * may remove, but not change
   */
  readonly finish: (folder: string, digests: FileDigests) => Promise<void>;
  /** default: `digestOf` */
  readonly digest?: (file: string) => Promise<string>;
}

/** Names of the cells below an experiment's `cells/` folder, sorted; none where there is no such folder. */
export async function storedCells(cellsFolder: string): Promise<readonly string[]> {
  const entries = await readdir(cellsFolder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return names.filter((name) => !name.endsWith(partialSuffix)).sort();
}

/**
 * What is wrong with the cell in `folder`, in words; undefined when it is whole, unchanged and has this fingerprint.
 * `absent` when there is no cell. What was read of it is remembered in `verified`.
 */
export async function defectOf(
  folder: string,
  fingerprint: string,
  verified?: VerifiedFiles,
): Promise<string | undefined> {
  const text = await readFile(join(folder, 'cell.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return 'absent';
  const stored = parseStored(text);
  if (stored === undefined) return 'its cell.json is unreadable';
  if (stored.fingerprint !== fingerprint) return otherConditions;
  const changed = await changedFile(folder);
  if (changed === undefined) await verified?.remember(folder, stored.files);
  return changed === undefined ? undefined : `its ${changed} was changed after the run`;
}

const selection = z.object({ seed: z.number(), clock: z.string(), repetitions: z.number() });

/** What the run asked for that measured the cell in `folder`; undefined where its record does not say. */
export async function storedSelection(folder: string): Promise<z.infer<typeof selection> | undefined> {
  return selection.safeParse(JSON.parse(await readFile(join(folder, 'cell.json'), 'utf8'))).data;
}

/** The SHA-256 of each file that `cell.json` says the cell has; none where it says nothing. */
export async function storedFiles(folder: string): Promise<Readonly<Record<string, string>>> {
  return parseStored(await readFile(join(folder, 'cell.json'), 'utf8'))?.files ?? {};
}

/**
 * The first file of the cell whose content is not what `cell.json` says; undefined where all are, or nothing is said. `only`: this
 * one is looked at, and no other.
 */
export async function changedFile(
  folder: string,
  only?: string,
  digest: (file: string) => Promise<string> = digestOf,
): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(await storedFiles(folder))) {
    if (only !== undefined && name !== only) continue;
    const found = await digest(join(folder, name)).catch(() => 'missing');
    if (found !== expected) return name;
  }
  return undefined;
}

/**
 * Moves what a lab left in `jobFolder` to `target`: the cell appears there whole, or not at all, also when the machine
 * stops in the middle.
 */
export async function keepCell(jobFolder: string, target: string, cell: KeptCell): Promise<void> {
  const partial = `${target}${partialSuffix}`;
  await rm(partial, { recursive: true, force: true });
  await makeFolders(partial);
  try {
    const left = new Set<string>([...required, ...(await readdir(jobFolder))]);
    for (const name of evidence) {
      if (left.has(name)) await rename(join(jobFolder, name), join(partial, name));
    }
    // A capture is the most that is read of a cell: it is hashed once, for all who ask.
    const digests = await digestsOf(partial, {}, cell.digest);
    const record = (files: FileDigests) =>
      `${JSON.stringify({ ...cell.record, fingerprint: cell.fingerprint, files }, undefined, 2)}\n`;
    await writeFile(join(partial, 'cell.json'), record({}));
    await cell.finish(partial, digests);
    await writeFile(join(partial, 'cell.json'), record(await digestsOf(partial, digests)));
    await flush(partial);
    await rm(target, { recursive: true, force: true });
    await rename(partial, target);
  } catch (error) {
    // The job folder's owner may want to keep it.
    for (const name of evidence)
      await rename(join(partial, name), join(jobFolder, name)).catch(() => undefined);
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** SHA-256 of a file's content, hexadecimal: of a compressed one's, what it stands for. */
export async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(streamStored(file), hash);
  return hash.digest('hex');
}

/** `known`: of these no file is read again. */
async function digestsOf(folder: string, known: FileDigests = {}, digest = digestOf): Promise<FileDigests> {
  const present = new Set(await readdir(folder));
  const names = evidence.filter((name) => present.has(name));
  const pairs = names.map(async (name) => [name, known[name] ?? (await digest(join(folder, name)))] as const);
  return Object.fromEntries(await Promise.all(pairs));
}

/** A rename may reach the disk before the octets it names. */
async function flush(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    await using file = await open(join(folder, name), 'r+');
    await file.sync();
  }
}

function parseStored(text: string): z.infer<typeof storedCell> | undefined {
  try {
    return storedCell.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
