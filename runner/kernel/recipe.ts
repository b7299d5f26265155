import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** All that this repository contributes to a lab kernel. */
export interface KernelRecipe {
  /** the configuration asked for, see `fragment.config` */
  readonly fragment: string;
  /** in the order of application */
  readonly patches: readonly KernelPatch[];
  /** C source of the first process */
  readonly init: string;
  /** the initial file tree, in the format of the kernel's usr/gen_init_cpio */
  readonly initramfs: string;
}

interface KernelPatch {
  readonly name: string;
  readonly text: string;
}

/** Reads the recipe that lies beside this file. */
export async function readRecipe(folder: string = import.meta.dirname): Promise<KernelRecipe> {
  const patchFolder = join(folder, 'patches');
  const names = (await readdir(patchFolder)).filter((name) => name.endsWith('.patch')).sort();
  const [fragment, init, initramfs, ...texts] = await Promise.all([
    readFile(join(folder, 'fragment.config'), 'utf8'),
    readFile(join(folder, 'lab-init.c'), 'utf8'),
    readFile(join(folder, 'lab-initramfs.list'), 'utf8'),
    ...names.map((name) => readFile(join(patchFolder, name), 'utf8')),
  ]);
  const patches = names.map((name, index) => ({ name, text: texts[index] ?? '' }));
  return { fragment, patches, init, initramfs };
}

/** A short hexadecimal name for a list of texts; 16 digits. */
export function hashOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 16);
}

/** The recipe's name: changes whenever any of its files does. */
export function recipeHash(recipe: KernelRecipe): string {
  const patches = recipe.patches.flatMap((patch) => [patch.name, patch.text]);
  return hashOf(recipe.fragment, recipe.init, recipe.initramfs, ...patches);
}
