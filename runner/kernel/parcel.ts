import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, mkdtemp, readdir, readFile, readlink, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../linux/lab-error.ts';
import { makeCacheFolder } from '../cache-folder.ts';
import type { FinishedFolders } from '../finished-folders.ts';
import { JobFolder } from '../job-folder.ts';
import { UsageError } from '../usage-error.ts';
import { type Userland, userlandsIn } from '../userland/ensure-userland.ts';
import { finishedKernels, RECORD as KERNEL_RECORD, type LabKernel } from './finished-kernels.ts';
import { runTool } from './run-tool.ts';

/*
 * A parcel is one file with a finished lab kernel and the programs of labs, for machines without compiler or archive: a tar archive of
 * `parcel.json` and a folder for each.
 */
const RECORD = 'parcel.json';
const part = z.object({
  /** names it in caches */
  key: z.string().regex(/^[0-9a-f]{16}$/),
  /** in the archive */
  folder: z.string().regex(/^\w[\w.-]*$/),
  /** see `digestOf` */
  digest: z.string(),
});
const record = z.object({ parcel: z.literal(1), kernel: part, userland: part.optional() });
type Part = z.infer<typeof part>;

/** What a parcel brought. */
interface Imported {
  readonly kernel: LabKernel;
  /** `undefined` where it holds a kernel alone */
  readonly userland: Userland | undefined;
}

/**
 * Writes a finished kernel, and the programs of labs where they are given, to `file`, compressed as its name says. Throws UsageError, also where
 * the file is there already, unless it is to be replaced.
 */
export async function exportParcel(
  file: string,
  kernel: LabKernel,
  {
    userland,
    replace = false,
  }: { readonly userland?: Userland | undefined; readonly replace?: boolean } = {},
): Promise<void> {
  const target = resolve(file);
  const refuseKnown = (): void => {
    if (!replace && existsSync(target))
      throw new UsageError('FILE', file, 'is there already', 'name a new file, or replace it: --force');
  };
  refuseKnown();
  const from = dirname(kernel.path);
  await access(join(from, KERNEL_RECORD)).catch(() => {
    const remedy = 'give that program itself, or unset LAB_KERNEL';
    throw new UsageError('LAB_KERNEL', kernel.path, 'is no finished kernel of this project', remedy);
  });
  await using job = await JobFolder.create();
  const described = {
    kernel: await describe(kernel.key, from),
    ...(userland === undefined ? {} : { userland: await describe(userland.key, userland.folder) }),
  };
  await job.write(RECORD, `${JSON.stringify({ parcel: 1, ...described })}\n`);
  const folders = userland === undefined ? [from] : [from, userland.folder];
  const entries = folders.flatMap((folder) => ['--directory', dirname(folder), basename(folder)]);
  // Its name says how it is compressed, also before it is whole.
  const draft = join(dirname(target), `.${process.pid}-${basename(target)}`);
  try {
    const plain = ['--owner=0', '--group=0', '--sort=name'];
    const how = ['--create', '--auto-compress', ...plain, '--file', draft, '--directory', job.path];
    await runTool('tar', [...how, RECORD, ...entries]);
    refuseKnown();
    await rename(draft, target);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason =
      error instanceof LabError ? (error.stderr ?? error.message).split('\n')[0]! : String(error);
    const remedy = 'name a file such as lab-kernel.tar.gz in a folder that you may write to';
    throw new UsageError('FILE', file, `cannot be written (${reason})`, remedy);
  } finally {
    await rm(draft, { force: true });
  }
}

async function describe(key: string, folder: string): Promise<Part> {
  return { key, folder: basename(folder), digest: await digestOf(folder) };
}

/** Whether a file is what `exportParcel` writes, of any version. */
export async function isParcel(file: string): Promise<boolean> {
  return (await recordIn(file)) !== undefined;
}

/**
 * Takes what a parcel holds into the cache, where it is not there already. Throws UsageError for a file that is none, a damaged one, and for a
 * kernel of another recipe than `made`: nothing of it enters then.
 */
export async function importParcel(
  file: string,
  { cacheDir, made }: { readonly cacheDir: string; readonly made: string },
): Promise<Imported> {
  const told = record.safeParse(await recordIn(file)).data;
  if (told === undefined)
    throw new UsageError(
      'FILE',
      file,
      existsSync(file) ? 'is no exported kernel' : 'is no file',
      'name what `handoff-lab kernel export` wrote',
    );
  const kernels = finishedKernels(cacheDir, made);
  const userlands = userlandsIn(cacheDir);
  const known = {
    kernel: await kernels.any(({ key }) => key === told.kernel.key),
    userland: await userlands.any(({ key }) => key === told.userland?.key),
  };
  if (known.kernel !== undefined && (told.userland === undefined || known.userland !== undefined))
    return { kernel: known.kernel, userland: known.userland };
  await makeCacheFolder(cacheDir);
  const draft = await mkdtemp(join(cacheDir, 'import-'));
  try {
    await runTool('tar', [
      '--extract',
      '--file',
      resolve(file),
      '--directory',
      draft,
      '--no-same-owner',
    ]).catch((error: unknown) => {
      throw damaged(file, firstLine(error instanceof LabError ? (error.stderr ?? '') : String(error)));
    });
    await compare(file, draft, told.kernel);
    if (told.userland !== undefined) await compare(file, draft, told.userland);
    const kernel = known.kernel ?? (await enter(kernels, file, join(draft, told.kernel.folder), told.kernel));
    const { userland: programs } = told;
    if (programs === undefined) return { kernel, userland: undefined };
    return {
      kernel,
      userland: known.userland ?? (await enter(userlands, file, join(draft, programs.folder), programs)),
    };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Puts an unpacked folder into its place. What the cache would not find there is not let in. */
async function enter<T>(
  things: FinishedFolders<T>,
  file: string,
  unpacked: string,
  { key }: Part,
): Promise<T> {
  if ((await things.readAt(unpacked)) === undefined) {
    const remedy = 'export it anew where this version of handoff-lab has built it';
    throw new UsageError('FILE', file, 'was made by another version of handoff-lab', remedy);
  }
  return things.findOrMake(
    () => things.named(key),
    () =>
      things.enter(async (draft) => {
        const folder = join(draft, 'finished');
        await rename(unpacked, folder);
        return { folder, name: key };
      }),
  );
}

async function recordIn(file: string): Promise<unknown> {
  const words = ['--extract', '--to-stdout', '--occurrence=1', '--file', resolve(file), RECORD];
  try {
    return JSON.parse(await runTool('tar', words));
  } catch {
    return undefined;
  }
}

async function compare(file: string, draft: string, { folder, digest }: Part): Promise<void> {
  const found = await digestOf(join(draft, folder)).catch(() => 'nothing');
  if (found !== digest) throw damaged(file, `${folder} is not as it was`);
}

function damaged(file: string, how: string): UsageError {
  return new UsageError('FILE', file, `is damaged (${how})`, 'copy it anew, or export it again');
}

/** Names a folder by all that is in it: names, contents, what may be run; times and owners say nothing. SHA-256. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }));
  for (const { entry, path } of paths.sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const name = path.slice(folder.length);
    if (entry.isSymbolicLink()) hash.update(`link ${name} ${await readlink(path)}\n`);
    else if (entry.isDirectory()) hash.update(`folder ${name}\n`);
    else {
      const content = await readFile(path);
      const runs = ((await stat(path)).mode & 0o100) !== 0;
      hash.update(`${runs ? 'program' : 'file'} ${name} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}
