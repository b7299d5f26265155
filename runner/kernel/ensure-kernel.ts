import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Drawn, FinishedFolders } from '../finished-folders.ts';
import type { Log } from '../progress/log.ts';
import { checkArchitecture } from './architecture.ts';
import {
  configHashOf,
  finishedKernels,
  type KernelRecord,
  keyOf,
  type LabKernel,
  RECORD,
} from './finished-kernels.ts';
import { namedKernel } from './named-kernel.ts';
import { hashOf, type KernelRecipe, readRecipe, recipeHash } from './recipe.ts';
import type { KernelSource } from './source.ts';
import { hostToolchain, type Toolchain } from './toolchain.ts';

interface EnsureKernelOptions {
  /** see `cacheFolder()` */
  readonly cacheDir: string;
  /** gets progress lines while a kernel is being built */
  readonly log: Log;
  /** ends a build */
  readonly signal?: AbortSignal;
  /** for tests; default: this machine's compiler and the package archive or `LAB_KERNEL_SOURCE` */
  readonly toolchain?: Toolchain;
  readonly recipe?: KernelRecipe;
  /** a kernel to take as it is; default: what `LAB_KERNEL` names, if anything */
  readonly given?: string;
}

/**
 * Returns the lab kernel, building it first if the cache does not have it (about five minutes on two cores).
 *
 * Any finished kernel of this recipe will do, whatever compiler and source it was made with, unless `LAB_KERNEL_SOURCE` asks
 * for one: so a machine without compiler or archive can be given one, and the source need be named only once.
 *
 * What `LAB_KERNEL` names is taken as it is, see `namedKernel`.
 *
 * Two processes that want the same kernel wait for one build. Throws LabError, with the exact remedy where there is one.
 */
export async function ensureKernel(options: EnsureKernelOptions): Promise<LabKernel> {
  checkArchitecture();
  const places = await placesOf(options);
  const given = givenKernel(options);
  if (given !== '') return namedKernel(given, places);
  return places.kernels.findOrMake(
    () => finishedKernel(places),
    () => findOrBuild(options, places),
  );
}

/** The lab kernel that `ensureKernel` would return without building or asking the package archive; builds nothing. */
export async function cachedKernel(
  options: Omit<EnsureKernelOptions, 'log'>,
): Promise<LabKernel | undefined> {
  const places = await placesOf(options);
  const given = givenKernel(options);
  return given === '' ? finishedKernel(places) : namedKernel(given, places);
}

/** Tests with a toolchain of their own are not to find a kernel of the user's. */
function givenKernel({ given, toolchain }: Omit<EnsureKernelOptions, 'log'>): string {
  return given ?? (toolchain === undefined ? (process.env.LAB_KERNEL ?? '') : '');
}

interface Places {
  readonly toolchain: Toolchain;
  readonly recipe: KernelRecipe;
  readonly cacheDir: string;
  /** those of this recipe */
  readonly kernels: FinishedFolders<LabKernel>;
  /** the recipe's name */
  readonly made: string;
  /** source asked for → file that names the kernel made last from it and this recipe; '': from any */
  index(askedSource: string): string;
}

async function placesOf(options: Omit<EnsureKernelOptions, 'log'>): Promise<Places> {
  const toolchain = options.toolchain ?? hostToolchain();
  const recipe = options.recipe ?? (await readRecipe());
  const { cacheDir } = options;
  const made = recipeHash(recipe);
  const kernels = finishedKernels(cacheDir, made);
  const index = (askedSource: string): string => `index-${hashOf(made, askedSource)}.json`;
  return { toolchain, recipe, cacheDir, kernels, made, index };
}

async function finishedKernel({ toolchain, kernels, index }: Places): Promise<LabKernel | undefined> {
  const asked = toolchain.askedSource();
  const indexed = await kernels.indexed(index(asked));
  return indexed !== undefined || asked !== '' ? indexed : kernels.any();
}

async function findOrBuild(options: EnsureKernelOptions, places: Places): Promise<LabKernel> {
  const { toolchain, kernels, cacheDir } = places;
  await toolchain.check();
  const { signal } = options;
  const source = await toolchain.findSource({ cacheDir, ...(signal ? { signal } : {}) });
  const kernel =
    (await kernels.any((finished) => finished.source === source.id)) ??
    (await kernels.enter((draft) => build(options, places, source, draft)));
  // The source is remembered with what it made: later calls need not name it.
  for (const asked of new Set(['', toolchain.askedSource()]))
    await kernels.remember(places.index(asked), dirname(kernel.path));
  return kernel;
}

async function build(
  { log, signal }: EnsureKernelOptions,
  { toolchain, recipe, made }: Places,
  source: KernelSource,
  draft: string,
): Promise<Drawn> {
  log(`lab kernel: building ${source.id} in ${draft}; this takes some minutes, once`);
  const compiler = firstLine(await toolchain.compiler());
  const tree = await source.unpack(draft, signal);
  const folder = join(draft, 'finished');
  const { version } = await toolchain.build(recipe, tree, folder, log, signal);
  const facts: KernelRecord = { version, source: source.id, recipe: made, compiler };
  await writeFile(join(folder, RECORD), `${JSON.stringify(facts)}\n`);
  log(`lab kernel: ${version} is ready`);
  return { folder, name: keyOf(facts, await configHashOf(folder)) };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
