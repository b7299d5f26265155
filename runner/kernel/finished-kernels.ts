import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { FinishedFolders, readRecord } from '../finished-folders.ts';
import { optionsWithoutTools } from './configuration.ts';
import { hashOf } from './recipe.ts';

/** A lab kernel that is ready to boot. */
export interface LabKernel {
  /** the program, absolute */
  readonly path: string;
  /**
   * names source, recipe and configuration; 16 hexadecimal digits. Kernels that two compilers made of the same are one: they
   * give the same captures (docs/machines.md)
   */
  readonly key: string;
  /** the release, e.g. `6.1.192` */
  readonly version: string;
  /** names the finished configuration without what it says of the tools; 16 hexadecimal digits */
  readonly configHash: string;
  /** what it was made from and with, for information */
  readonly source: string;
  readonly compiler: string;
}

/** What says what a finished kernel is, beside it. */
export const RECORD = 'kernel.json';
const record = z.object({
  /** the release */
  version: z.string(),
  source: z.string(),
  /** the recipe's name */
  recipe: z.string(),
  compiler: z.string(),
});
export type KernelRecord = z.infer<typeof record>;

/** The finished kernels of the cache that were made by the recipe of this name. */
export function finishedKernels(cacheDir: string, made: string): FinishedFolders<LabKernel> {
  return new FinishedFolders(join(cacheDir, 'kernel'), (folder) => readKernel(folder, made));
}

/** A folder without its record, configuration or program is no kernel: it is built anew. Its own name says nothing. */
export async function readKernel(folder: string, made: string): Promise<LabKernel | undefined> {
  const path = join(folder, 'linux');
  const facts = await readRecord(join(folder, RECORD), record);
  const configHash = await configHashOf(folder).catch(() => undefined);
  if (facts?.recipe !== made || configHash === undefined) return undefined;
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined;
  const { version, source, compiler } = facts;
  return { path, key: keyOf(facts, configHash), version, configHash, source, compiler };
}

export function keyOf({ source, recipe }: z.infer<typeof record>, configHash: string): string {
  return hashOf(source, recipe, configHash);
}

export async function configHashOf(folder: string): Promise<string> {
  return hashOf(optionsWithoutTools(await readFile(join(folder, 'config'), 'utf8')));
}
