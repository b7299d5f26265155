import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { storedPath } from './stored-file.ts';

/** The SHA-256 of what a cell's files hold, by name; '' or absent where nothing is known. */
export type FileDigests = Readonly<Record<string, string>>;

/** In an experiment's folder of a published run: what each cell's files were, also of those that are not there. */
export const digestsFile = 'cells.csv';

/**
 * What is known of the files of each cell of the experiment in `folder`: from a published run's `cells.csv`, and from `cell.json` of
 * the cells that lie there. Cells of which nothing is known are absent.
 */
export function keptDigests(folder: string, cells: readonly string[]): ReadonlyMap<string, FileDigests> {
  const known = new Map<string, FileDigests>();
  const file = storedPath(join(folder, digestsFile));
  if (file !== undefined)
    for (const { cell, ...rest } of parse(readFileSync(file, 'utf8'), { columns: true }) as Row[])
      if (cell !== undefined) known.set(cell, filesOf(rest));
  for (const cell of cells) {
    const record = join(folder, 'cells', cell, 'cell.json');
    const files = existsSync(record) ? readFilesOf(record) : undefined;
    if (files !== undefined) known.set(cell, files);
  }
  return known;
}

type Row = Readonly<Record<string, string>>;

const described = ['repetitions', 'seed', 'fingerprint'];

function filesOf(row: Row): FileDigests {
  return Object.fromEntries(
    Object.entries(row).filter(([name, digest]) => !described.includes(name) && digest !== ''),
  );
}

function readFilesOf(record: string): FileDigests | undefined {
  try {
    const { files } = JSON.parse(readFileSync(record, 'utf8')) as { readonly files?: FileDigests };
    return files;
  } catch {
    return undefined;
  }
}
