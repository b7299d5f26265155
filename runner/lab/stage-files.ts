import { chmod, copyFile, link, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../make-folders.ts';

const DRAFT_PREFIX = 'draft-';
const UNUSED_AFTER_MS = 7 * 24 * 3600 * 1000;
const READABLE_BY_ALL = 0o444;

/** Size and time of last change of each file, or `missing`. */
export async function describeFiles(paths: readonly string[]): Promise<Record<string, string>> {
  const described = paths.map(async (path): Promise<[string, string]> => {
    const found = await stat(path).catch(() => undefined);
    return [path, found ? `${found.size} ${found.mtimeMs}` : 'missing'];
  });
  return Object.fromEntries(await Promise.all(described));
}

/** Creates the folder `target` in one step, filled by `fill`, unless it is there already. */
export async function fillOnce(target: string, fill: (draft: string) => Promise<void>): Promise<void> {
  if (await exists(target)) return;
  const draft = await mkdtemp(join(dirname(target), DRAFT_PREFIX));
  try {
    await fill(draft);
    await openFolders(draft);
    await rename(draft, target);
  } catch (error) {
    // Another process may have put the same content there meanwhile.
    if (!(await exists(target))) throw error;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** A link costs no space; a copy is made across file systems, or when the original is for its owner alone. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await makeFolders(dirname(to));
  const { mode } = await stat(from);
  if ((mode & READABLE_BY_ALL) === READABLE_BY_ALL) {
    const linked = await link(from, to).then(
      () => true,
      () => false,
    );
    if (linked) return;
  }
  await copyFile(from, to);
  await chmod(to, mode | READABLE_BY_ALL);
}

/** Removes what nobody has asked for in a week. Records of it are small and stay. */
export async function removeUnused(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > UNUSED_AFTER_MS)
      // Of a shared cache, it may be another user's to remove.
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** The lab may run as another user than the one whose folders these are. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755);
  }
}
