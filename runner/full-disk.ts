import { statfs } from 'node:fs/promises';

/** Less is full: the last write was larger. */
const fullBytes = 1e6;
/** A disk without room, and a user without quota. */
const codes = new Set(['ENOSPC', 'EDQUOT']);
const words = /No space left on device|Disk quota exceeded|\bENOSPC\b|\bEDQUOT\b/;
const remedy = 'make room, give an --out on another disk, or keep no captures (--capture none)';

/** Says that the disk is full, where that is the cause of an error; undefined where it is not. */
export function fullDiskText(error: unknown): string | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 10; cause = cause.cause, depth++) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (code !== undefined && codes.has(code))
      return `the disk is full${path === undefined ? '' : ` (${path})`}; ${remedy}`;
  }
  return undefined;
}

/**
 * Which of these folders lies on a full disk, in words; undefined where none does. `printed` is what programs said: they may have met the
 * full disk that has room again now that they are gone.
 */
export async function fullDisk(
  folders: Readonly<Record<string, string>>,
  printed: string,
): Promise<string | undefined> {
  for (const [what, folder] of Object.entries(folders)) {
    const found = await statfs(folder).catch(() => undefined);
    // What has no blocks at all tells nothing of its room.
    if (found !== undefined && found.blocks > 0 && found.bavail * found.bsize < fullBytes)
      return `the disk is full: ${folder}, which holds ${what}; ${remedy}`;
  }
  return words.test(printed) ? `the disk is full; ${remedy}` : undefined;
}
