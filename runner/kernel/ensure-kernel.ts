import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../write-atomically.ts';
import { checkArchitecture } from './architecture.ts';
import { takeBuildLock } from './build-lock.ts';
import { hashOf, type KernelRecipe, readRecipe, recipeHash } from './recipe.ts';
import type { KernelSource } from './source.ts';
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

interface EnsureKernelOptions {
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
 * Any finished kernel of this recipe will do, whatever compiler and source it was made with, unless `LAB_KERNEL_SOURCE` asks
 * for one: so a machine without compiler or archive can be given one, and the source need be named only once.
 *
 * A kernel enters the cache by one rename, so an interrupted build is never taken for a finished one. Two processes
 * that want the same kernel wait for one build. Throws LabError, with the exact remedy where there is one.
 */
export async function ensureKernel(options: EnsureKernelOptions): Promise<LabKernel> {
  checkArchitecture();
  const places = await placesOf(options);
  const known = await finishedKernel(places);
  if (known) return known;
  await mkdir(places.folder, { recursive: true });
  await using _lock = await takeBuildLock(join(places.folder, 'lock'));
  return (await finishedKernel(places)) ?? (await findOrBuild(options, places));
}

interface Places {
  readonly toolchain: Toolchain;
  readonly recipe: KernelRecipe;
  readonly cacheDir: string;
  readonly folder: string;
  /** the recipe's name */
  readonly made: string;
  /** source asked for → file that names the kernel made last from it and this recipe; '': from any */
  index(askedSource: string): string;
}

async function placesOf(options: Omit<EnsureKernelOptions, 'log'>): Promise<Places> {
  const toolchain = options.toolchain ?? hostToolchain();
  const recipe = options.recipe ?? (await readRecipe());
  const { cacheDir } = options;
  const folder = join(cacheDir, 'kernel');
  const made = recipeHash(recipe);
  const index = (askedSource: string): string => join(folder, `index-${hashOf(made, askedSource)}.json`);
  return { toolchain, recipe, cacheDir, folder, made, index };
}

/** The lab kernel that `ensureKernel` would return without building or asking the package archive; builds nothing. */
export async function cachedKernel(
  options: Omit<EnsureKernelOptions, 'log'>,
): Promise<LabKernel | undefined> {
  return finishedKernel(await placesOf(options));
}

async function finishedKernel({ toolchain, folder, made, index }: Places): Promise<LabKernel | undefined> {
  const asked = toolchain.askedSource();
  const record = await readJson(index(asked));
  const indexed = record?.key === undefined ? undefined : await readKernel(folder, record.key);
  if (indexed !== undefined || asked !== '') return indexed;
  // One that came from elsewhere, without its index.
  for (const key of (await readdir(folder).catch(() => [])).sort()) {
    const candidate = await readJson(join(folder, key, RECORD));
    const kernel = candidate?.recipe === made ? await readKernel(folder, key) : undefined;
    if (kernel !== undefined) return kernel;
  }
  return undefined;
}

async function findOrBuild(options: EnsureKernelOptions, places: Places): Promise<LabKernel> {
  const { toolchain, folder, cacheDir, made } = places;
  await toolchain.check();
  const { signal } = options;
  const source = await toolchain.findSource({ cacheDir, ...(signal ? { signal } : {}) });
  const compiler = await toolchain.compiler();
  const key = hashOf(source.id, made, compiler);
  const kernel = (await readKernel(folder, key)) ?? (await build(options, places, { source, compiler, key }));
  // The source is remembered with what it made: later calls need not name it.
  for (const asked of new Set(['', toolchain.askedSource()]))
    await writeAtomically(places.index(asked), JSON.stringify({ key }));
  return kernel;
}

async function build(
  { log, signal }: EnsureKernelOptions,
  { toolchain, recipe, folder, made }: Places,
  {
    source,
    compiler,
    key,
  }: { readonly source: KernelSource; readonly compiler: string; readonly key: string },
): Promise<LabKernel> {
  await removeAbandonedBuilds(folder);
  const scratch = await mkdtemp(join(folder, BUILD_PREFIX));
  try {
    log(`lab kernel: building ${source.id} in ${scratch}; this takes some minutes, once`);
    const tree = await source.unpack(scratch, signal);
    const target = join(scratch, 'finished');
    const { version } = await toolchain.build(recipe, tree, target, log, signal);
    const configHash = hashOf(await readFile(join(target, 'config'), 'utf8'));
    const record = { version, configHash, source: source.id, recipe: made, compiler: firstLine(compiler) };
    await writeFile(join(target, RECORD), `${JSON.stringify(record)}\n`);
    await rm(join(folder, key), { recursive: true, force: true });
    await rename(target, join(folder, key));
    log(`lab kernel: ${version} is ready`);
    return { path: join(folder, key, 'linux'), key, version, configHash };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
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
