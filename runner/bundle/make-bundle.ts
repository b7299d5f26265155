import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { LabError } from '../../linux/lab-error.ts';
import type { LabKernel } from '../kernel/finished-kernels.ts';
import { runTool } from '../kernel/run-tool.ts';
import { checkoutOf } from '../results/checkout.ts';
import { UsageError } from '../usage-error.ts';
import type { Userland } from '../userland/ensure-userland.ts';
import { type BundleRecord, bundledCache, bundleFile } from './bundled.ts';

const repository = resolve(import.meta.dirname, '../..');
/** The folder that a bundle unpacks to. */
const top = 'handoff-lab';
/** Of a checkout that git does not list: results, packages, what was unpacked. */
const notSources = new Set(['node_modules', 'out', '.git', bundledCache, bundleFile]);

interface BundleParts {
  readonly kernel: LabKernel;
  readonly userland: Userland;
}

/**
 * Writes one file with everything that a run needs: the lab kernel, the programs of labs, this checkout with its npm packages (those of
 * runs) and the pinned Node. Unpacked by tar(1) anywhere, it runs there: no compiler, archive, registry or root. Returns its size in octets. Throws UsageError where the file is there already or cannot be written.
 */
export async function makeBundle(file: string, parts: BundleParts, signal?: AbortSignal): Promise<number> {
  if ((await stat(file).catch(() => undefined)) !== undefined)
    throw new UsageError('bundle', file, 'is there already', 'name a new file, or remove it');
  const draft = await mkdtemp(join(tmpdir(), 'handoff-lab-bundle-'));
  const partial = `${file}.partial`;
  try {
    const { commit, dirty } = await checkoutOf();
    const record: BundleRecord = { commit, dirty, kernel: parts.kernel.key, userland: parts.userland.key };
    await writeFile(join(draft, bundleFile), `${JSON.stringify(record)}\n`);
    const list = join(draft, 'sources');
    await writeFile(list, `${[...(await sources()), ...(await packages())].join('\n')}\n`);
    await refuseUnwritable(partial);
    await runTool('tar', tarWords(partial, draft, list, parts), {
      remedy: 'see the text above; a bundle takes some 150 MB',
      env: { ...process.env, GZIP: '', TAR_OPTIONS: '', LC_ALL: 'C' },
      ...(signal === undefined ? {} : { signal }),
    });
    await rename(partial, file);
    return (await stat(file)).size;
  } finally {
    await rm(partial, { force: true });
    await rm(draft, { recursive: true, force: true });
  }
}

/** Names and times of files are those of no machine. */
function tarWords(
  file: string,
  draft: string,
  list: string,
  { kernel, userland }: BundleParts,
): readonly string[] {
  const kept = { kernel: dirname(kernel.path), userland: userland.folder };
  // Targets of symbolic links stay as they are: S.
  const moved = Object.entries(kept).map(([kind, folder]) => {
    const name = basename(folder);
    return `--transform=s,^${name},${bundledCache}/${kind}/${name},S`;
  });
  return [
    ...['--create', '--file', file, '--use-compress-program=gzip --no-name --fast'],
    ...['--format=gnu', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--sort=name'],
    ...moved,
    `--transform=s,^,${top}/,S`,
    ...['-C', draft, bundleFile],
    ...['-C', repository, `--files-from=${list}`],
    ...Object.values(kept).flatMap((folder) => ['-C', dirname(folder), basename(folder)]),
  ];
}

/** The checkout's files as they are, also those that git does not know yet. */
async function sources(): Promise<readonly string[]> {
  const words = ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = await execa('git', words, { cwd: repository }).then(
    ({ stdout }) => stdout.split('\n').filter((name) => name !== ''),
    () => undefined,
  );
  const names = listed ?? (await readdir(repository));
  const there: string[] = [];
  for (const name of names)
    if (!notSources.has(name) && (await stat(join(repository, name)).catch(() => undefined)))
      there.push(name);
  return there.sort();
}

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional(), link: z.boolean().optional() })),
});

/** npm's packages without those of tests, and its own record of what is installed. Throws LabError where nothing is installed. */
async function packages(): Promise<readonly string[]> {
  const record = 'node_modules/.package-lock.json';
  const text = await readFile(join(repository, record), 'utf8').catch((cause: unknown) => {
    throw new LabError('npm’s packages are not installed.', { cause, remedy: 'make install' });
  });
  const found = Object.entries(lockFile.parse(JSON.parse(text)).packages);
  const wanted = found.filter(([, { dev }]) => dev !== true).map(([path]) => path);
  // A package below another one comes with it.
  return [record, ...wanted.filter((path) => !wanted.some((other) => path.startsWith(`${other}/`)))];
}

async function refuseUnwritable(file: string): Promise<void> {
  await writeFile(file, '').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      'bundle',
      file,
      `cannot be written (${error.code})`,
      'name a file in a folder of yours',
    );
  });
}
