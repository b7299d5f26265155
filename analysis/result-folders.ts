import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { experiments } from '../experiments/index.ts';

/** Names of the folders below `dir` that hold an experiment's results: known experiments in the paper's order, then others by name. */
export async function resultFolders(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory() && existsSync(join(dir, entry.name, 'manifest.json')))
    .map(({ name }) => name);
  return names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
}

/** A folder of a further clock has that in its name, behind the experiment's: `table1@elastic`. */
function place(folder: string): number {
  const at = experiments.findIndex(({ id }) => id === folder.replace(/@.*$/, ''));
  return at < 0 ? experiments.length : at;
}
