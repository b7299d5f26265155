import type { Command } from 'commander';
import { LabError } from '../../linux/lab-error.ts';
import { cacheFolder } from '../cache-folder.ts';
import { cachedKernel } from '../kernel/ensure-kernel.ts';
import type { LabKernel } from '../kernel/finished-kernels.ts';
import { exportParcel, importParcel } from '../kernel/parcel.ts';
import { readRecipe, recipeHash } from '../kernel/recipe.ts';
import { cachedUserland } from '../userland/ensure-userland.ts';

/** `kernel show`, `kernel export FILE`, `kernel import FILE`: the finished lab kernel, and how it gets to machines that cannot build one. */
export function addKernelCommand(program: Command): void {
  const group = program.command('kernel').description('the lab kernel: show it, take it to another machine');
  group.command('show').description('the finished kernel that runs would use').action(show);
  group
    .command('export')
    .description('write the finished kernel and the programs of labs into one file')
    .argument('<file>', 'for example lab-kernel.tar.gz; its name says how it is compressed')
    .option('--without-programs', 'the kernel alone')
    .option('--force', 'replace the file where it is there already')
    .action(write);
  group
    .command('import')
    .description('take an exported file into the cache; no compiler, no archive and no root is needed')
    .argument('<file>', 'what `kernel export` wrote')
    .action(read);
}

async function show(): Promise<void> {
  const kernel = await finished();
  process.stdout.write(`${describe(kernel)}\n`);
}

async function write(
  file: string,
  { withoutPrograms, force = false }: { readonly withoutPrograms?: boolean; readonly force?: boolean },
): Promise<void> {
  const kernel = await finished();
  const userland = withoutPrograms ? undefined : await cachedUserland(cacheFolder());
  await exportParcel(file, kernel, { userland, replace: force });
  const programs =
    userland === undefined
      ? 'without programs of labs'
      : `with ${Object.keys(userland.packages).length} packages of programs`;
  process.stdout.write(`${file}: ${describe(kernel)}, ${programs}\n`);
}

async function read(file: string): Promise<void> {
  const cacheDir = cacheFolder();
  const { kernel, userland } = await importParcel(file, { cacheDir, made: recipeHash(await readRecipe()) });
  const programs = userland === undefined ? '' : `programs of labs: ${userland.folder}\n`;
  process.stdout.write(`${describe(kernel)}\n${programs}`);
}

async function finished(): Promise<LabKernel> {
  const kernel = await cachedKernel({ cacheDir: cacheFolder() });
  if (kernel !== undefined) return kernel;
  throw new LabError('There is no finished lab kernel here.', {
    remedy: 'make reproduce builds it, or: handoff-lab kernel import FILE',
  });
}

function describe({ version, key, path }: LabKernel): string {
  return `lab kernel ${version} (${key}): ${path}`;
}
