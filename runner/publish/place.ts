import { lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { makeFolders } from '../make-folders.ts';
import { lockFolder } from '../results/folder-lock.ts';
import { UsageError } from '../usage-error.ts';

const shape = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const draftOf = (target: string): string => join(dirname(target), `.${basename(target)}.draft`);
const formerOf = (target: string): string => join(dirname(target), `.${basename(target)}.former`);

/** The place of a published run below `shelf`, checked. Throws UsageError for a name that could be another place. */
export function placeOf(shelf: string, name: string): string {
  if (shape.test(name)) return join(resolve(shelf), name);
  const remedy = 'use lower-case letters, digits, dots, dashes; no path, and a letter or digit first: paper';
  throw new UsageError('NAME', name, name === '' ? 'is empty' : 'is no name for a published run', remedy);
}

/**
 * Refuses what would destroy something: a run that is a published one itself or lies around or in its target, and a target that is no
 * published run. Throws UsageError.
 */
export async function refuseOverlap(run: string, shelf: string, target: string): Promise<void> {
  const from = await realpath(run).catch(() => resolve(run));
  const onto = await realpath(shelf).then(
    (folder) => join(folder, basename(target)),
    () => target,
  );
  const within = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);
  if (within(from, dirname(onto)) || within(onto, from)) {
    const remedy = 'name the --out folder of a run outside the folder of published runs';
    throw new UsageError('RUN', run, `is, or holds, a published run (${onto})`, remedy);
  }
  const found = await lstat(onto).catch(() => undefined);
  if (found === undefined || (found.isDirectory() && (await looksPublished(onto)))) return;
  throw new UsageError('NAME', basename(onto), `is something else already: ${onto}`, 'choose another name');
}

/** True for a folder of results: nothing else is replaced. */
async function looksPublished(folder: string): Promise<boolean> {
  const names = await readdir(folder);
  return names.length === 0 || names.includes('SHA256SUMS') || names.includes('report.html');
}

/**
 * Lets `fill` make the published run in a folder beside its place, and puts it there whole by two renames: what was there before goes
 * only when the new one stands. Whenever this is cut off, the next call finds one of the two and puts it back.
 */
export async function replaceWhole(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
  await makeFolders(dirname(target));
  await using _lock = await lockFolder(dirname(target), 'NAME');
  const [draft, former] = [draftOf(target), formerOf(target)];
  await recover(target, former);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft);
  try {
    await fill(draft);
    const replaced = await rename(target, former).then(
      () => true,
      () => false,
    );
    await rename(draft, target).catch(async (error: unknown) => {
      if (replaced) await rename(former, target);
      throw error;
    });
    await rm(former, { recursive: true, force: true });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** After an end between the two renames: the former run goes back to its place; after one behind them, it is of no use. */
async function recover(target: string, former: string): Promise<void> {
  if ((await lstat(former).catch(() => undefined)) === undefined) return;
  if ((await lstat(target).catch(() => undefined)) === undefined) await rename(former, target);
  else await rm(former, { recursive: true, force: true });
}
