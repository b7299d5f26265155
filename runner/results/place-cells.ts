import { constants } from 'node:fs';
import { copyFile, link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '../make-folders.ts';

/**
 * How a merged run comes by its captures. `link`: another name of the same file, where the file system can; `copy`: files of its own;
 * `move`: as `link`, and the shards lose their cells when everything is done.
 */
export const captureWays = ['link', 'move', 'copy'] as const;
export type CaptureWay = (typeof captureWays)[number];

/** Large, and written once; everything else of a cell is small and may be written again. */
const linked = /^router\.pcap(\.\w+)?$/;
/** Of link(2): another file system, one without links or with no more of them, a file of somebody else. */
const cannotLink = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Puts the cell in `source` at `target`, which is new. */
export async function placeCell(source: string, target: string, way: CaptureWay): Promise<void> {
  await makeFolders(target);
  for (const name of await readdir(source)) {
    const [from, to] = [join(source, name), join(target, name)];
    if (way === 'copy' || !linked.test(name) || !(await linkedTo(from, to))) await copy(from, to);
  }
}

/** False where the file system has no such link. */
async function linkedTo(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (cannotLink.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** Where the file system can, the copy shares its blocks with the original. */
function copy(from: string, to: string): Promise<void> {
  return copyFile(from, to, constants.COPYFILE_FICLONE);
}
