import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../lab-error.ts';

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

/**
 * Compares a finished `.config` with the fragment it was made from. Kconfig drops what it does not know, or what
 * depends on something that is off, without a word.
 *
 * Throws LabError naming every option that is not as asked.
 */
export function checkOptions(fragment: string, config: string): void {
  const finished = readOptions(config);
  const wrong: string[] = [];
  for (const [name, wanted] of readOptions(fragment)) {
    const found = finished.get(name) ?? 'n';
    if (found !== wanted) wrong.push(`${name} should be ${wanted} and is ${found}`);
  }
  if (wrong.length === 0) return;
  throw new LabError(`The kernel's configuration lost ${wrong.length} of its options: ${wrong.join('; ')}.`, {
    remedy:
      'correct runner/kernel/fragment.config for this kernel version, or use the version it was made for (6.1)',
  });
}

/** Options by name; an option that is switched off has the value `n`. */
function readOptions(config: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const line of config.split('\n')) {
    const set = /^(CONFIG_\w+)=(.*)$/.exec(line.trim());
    const unset = /^# (CONFIG_\w+) is not set$/.exec(line.trim());
    if (set) options.set(set[1] ?? '', set[2] ?? '');
    else if (unset) options.set(unset[1] ?? '', 'n');
  }
  return options;
}
