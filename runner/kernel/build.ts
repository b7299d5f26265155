import { appendFile, copyFile, readFile, utimes, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../make-folders.ts';
import type { Log } from '../progress/log.ts';
import { checkOptions } from './configuration.ts';
import type { KernelRecipe } from './recipe.ts';
import { runTool } from './run-tool.ts';

export interface BuiltKernel {
  /** the release as `uname -r` prints it */
  readonly version: string;
}

/** Everything that would otherwise make two builds of the same source differ, and with them the random state at boot. */
const FIXED = {
  ARCH: 'um',
  LC_ALL: 'C',
  KBUILD_BUILD_TIMESTAMP: 'Thu Jan  1 00:00:00 UTC 2026',
  KBUILD_BUILD_USER: 'lab',
  KBUILD_BUILD_HOST: 'handoff-lab',
  KBUILD_BUILD_VERSION: '1',
};
const EXPECTED_OBJECTS = 850;
const PROGRESS_STEP = 50;

/**
 * Builds a kernel in the unpacked source `tree` and puts `linux` (the program) and `config` into `target`.
 *
 * Throws LabError when a patch does not apply, an option is lost, a tool fails, or `signal` aborts.
 */
export async function buildKernel(
  recipe: KernelRecipe,
  tree: string,
  target: string,
  log: Log,
  signal?: AbortSignal,
): Promise<BuiltKernel> {
  const always = { cwd: tree, env: { ...process.env, ...FIXED }, ...(signal ? { signal } : {}) };
  const make = (args: string[], onLine?: (line: string) => void) =>
    runTool('make', [...args, 'ARCH=um'], { ...always, ...(onLine ? { onLine } : {}) });
  await applyPatches(recipe, tree);
  await addInit(recipe, tree);
  await make(['allnoconfig']);
  await appendFile(join(tree, '.config'), recipe.fragment);
  await make(['olddefconfig']);
  checkOptions(recipe.fragment, await readFile(join(tree, '.config'), 'utf8'));
  await make([`-j${availableParallelism()}`, 'linux'], countObjects(log));
  await makeFolders(target);
  await copyFile(join(tree, 'linux'), join(target, 'linux'));
  await copyFile(join(tree, '.config'), join(target, 'config'));
  return { version: (await make(['-s', 'kernelrelease'])).trim() };
}

async function applyPatches(recipe: KernelRecipe, tree: string): Promise<void> {
  for (const patch of recipe.patches) {
    const file = join(tree, patch.name);
    await writeFile(file, patch.text);
    await runTool('patch', ['--strip=1', '--fuzz=2', '--batch', '--forward', `--input=${file}`], {
      cwd: tree,
    });
  }
}

/** The first process is compiled on the tree's own nolibc: 13 kB, and no C library that could differ. */
async function addInit(recipe: KernelRecipe, tree: string): Promise<void> {
  const program = join(tree, 'usr/lab-init');
  await writeFile(join(tree, 'usr/lab-initramfs.list'), recipe.initramfs);
  await writeFile(`${program}.c`, recipe.init);
  const alone = ['-static', '-nostdlib', '-fno-stack-protector', '-fno-asynchronous-unwind-tables'];
  const args = ['-Os', '-s', ...alone, '-Itools/include/nolibc', '-o', program, `${program}.c`, '-lgcc'];
  await runTool('gcc', args, { cwd: tree });
  // The archive keeps the file's time.
  await utimes(program, 0, 0);
}

function countObjects(log: Log): (line: string) => void {
  let objects = 0;
  return (line) => {
    if (!/^ {2}(CC|AS|HOSTCC) /.test(line)) return;
    objects += 1;
    if (objects % PROGRESS_STEP === 0)
      log(`lab kernel: ${objects} of about ${EXPECTED_OBJECTS} objects compiled`, true);
  };
}
