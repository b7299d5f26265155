import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../write-atomically.ts';
import { checkArchitecture } from './architecture.ts';
import { takeBuildLock } from './build-lock.ts';
import { hashOf, type KernelRecipe, readRecipe, recipeHash } from './recipe.ts';
import { hostToolchain, type Toolchain } from './toolchain.ts';

/** A lab kernel that is ready to boot. */
export interface LabKernel {
  /** the program, absolute */
  readonly path: string;
  /** names source, recipe and compiler; 16 hexadecimal digits */
  readonly key: string;
  /** the release, e.g. `6.1.192` */
  readonly version: string;
  /** names the finished configuration; 16 hexadecimal digits */
  readonly configHash: string;
}

export interface EnsureKernelOptions {
  /** see `cacheFolder()` */
  readonly cacheDir: string;
  /** gets progress lines while a kernel is being built */
  readonly log: (line: string) => void;
  /** ends a build */
  readonly signal?: AbortSignal;
  /** for tests; default: this machine's compiler and the package archive or `LAB_KERNEL_SOURCE` */
  readonly toolchain?: Toolchain;
  readonly recipe?: KernelRecipe;
}

const RECORD = 'kernel.json';
const BUILD_PREFIX = 'building-';

/**
 * Returns the lab kernel, building it first if the cache does not have it (about five minutes on two cores).
 *
 * A kernel enters the cache by one rename, so an interrupted build is never taken for a finished one. Two processes
 * that want the same kernel wait for one build. Throws LabError, with the exact remedy where there is one.
 */
export async function ensureKernel(options: EnsureKernelOptions): Promise<LabKernel> {
  checkArchitecture();
  const { toolchain, recipe, folder, index } = await placesOf(options);
  const known = await indexedKernel(folder, index);
  if (known) return known;
  await mkdir(folder, { recursive: true });
  await using _lock = await takeBuildLock(join(folder, 'lock'));
  const kernel =
    (await indexedKernel(folder, index)) ?? (await findOrBuild(options, toolchain, recipe, folder));
  await writeAtomically(index, JSON.stringify({ key: kernel.key }));
  return kernel;
}

interface Places {
  readonly toolchain: Toolchain;
  readonly recipe: KernelRecipe;
  readonly folder: string;
  readonly index: string;
}

async function placesOf(options: Omit<EnsureKernelOptions, 'log'>): Promise<Places> {
  const toolchain = options.toolchain ?? hostToolchain();
  const recipe = options.recipe ?? (await readRecipe());
  const folder = join(options.cacheDir, 'kernel');
  // The source's version costs a call of apt-get: an index from what is known without it leads to the last build.
  const index = join(folder, `index-${hashOf(recipeHash(recipe), toolchain.stamp())}.json`);
  return { toolchain, recipe, folder, index };
}

/** The lab kernel that `ensureKernel` would return without building or asking the package archive; builds nothing. */
export async function cachedKernel(
  options: Omit<EnsureKernelOptions, 'log'>,
): Promise<LabKernel | undefined> {
  const { folder, index } = await placesOf(options);
  return indexedKernel(folder, index);
}

async function findOrBuild(
  options: EnsureKernelOptions,
  toolchain: Toolchain,
  recipe: KernelRecipe,
  folder: string,
): Promise<LabKernel> {
  await toolchain.check();
  const source = await toolchain.findSource();
  const key = hashOf(source.id, recipeHash(recipe), await toolchain.compiler());
  const finished = await readKernel(folder, key);
  if (finished) return finished;
  await removeAbandonedBuilds(folder);
  const scratch = await mkdtemp(join(folder, BUILD_PREFIX));
  try {
    options.log(`lab kernel: building ${source.id} in ${scratch}; this takes some minutes, once`);
    const tree = await source.unpack(scratch, options.signal);
    const target = join(scratch, 'finished');
    const built = await toolchain.build(recipe, tree, target, options.log, options.signal);
    const configHash = hashOf(await readFile(join(target, 'config'), 'utf8'));
    await writeFile(
      join(target, RECORD),
      `${JSON.stringify({ version: built.version, configHash, source: source.id })}\n`,
    );
    await rm(join(folder, key), { recursive: true, force: true });
    await rename(target, join(folder, key));
    options.log(`lab kernel: ${built.version} is ready`);
    return { path: join(folder, key, 'linux'), key, version: built.version, configHash };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function indexedKernel(folder: string, index: string): Promise<LabKernel | undefined> {
  const record = await readJson(index);
  return record?.key === undefined ? undefined : readKernel(folder, record.key);
}

/** A folder without its record or program is not a kernel: it is built anew. */
async function readKernel(folder: string, key: string): Promise<LabKernel | undefined> {
  const path = join(folder, key, 'linux');
  const record = await readJson(join(folder, key, RECORD));
  const { version, configHash } = record ?? {};
  if (version === undefined || configHash === undefined) return undefined;
  const program = await stat(path).catch(() => undefined);
  return program?.isFile() ? { path, key, version, configHash } : undefined;
}

async function readJson(file: string): Promise<Partial<Record<string, string>> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(stringsOf(value)) : undefined;
  } catch {
    return undefined;
  }
}

function stringsOf(value: object): [string, string][] {
  return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
}

/** Called with the lock held: whoever made these folders is gone. */
async function removeAbandonedBuilds(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(BUILD_PREFIX));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}
