import { mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeWritable } from '../make-folders.ts';
import { UsageError } from '../usage-error.ts';
import { lockFolder } from './folder-lock.ts';

const field = '--out';
const jobsName = '.jobs';
/** A run that would fill the disk to the last megabyte is refused. */
const spareBytes = 100e6;

/** The folder of a run's results, held by this process alone until it is disposed of. */
export class OutFolder implements AsyncDisposable {
  readonly path: string;
  /** for the job folders of labs; removed with all that is in it at the end, also when this process is killed */
  readonly jobs: string;
  readonly #lock: AsyncDisposable;

  private constructor(path: string, lock: AsyncDisposable) {
    this.path = path;
    this.jobs = join(path, jobsName);
    this.#lock = lock;
  }

  /** Makes the folder where it is missing. Throws UsageError when it cannot be written to or another run holds it. */
  static async open(path: string): Promise<OutFolder> {
    await refuseUnwritable(path);
    const folder = new OutFolder(path, await lockFolder(path, field, [join(path, jobsName)]));
    await rm(folder.jobs, { recursive: true, force: true });
    await mkdir(folder.jobs);
    return folder;
  }

  /** Throws UsageError when the disk has no room for `bytes` more; nothing at all fits on any disk. */
  async checkRoom(bytes: number): Promise<void> {
    if (bytes === 0) return;
    const { bavail, bsize } = await statfs(this.path);
    const free = bavail * bsize;
    if (free >= bytes + spareBytes) return;
    throw new UsageError(
      field,
      this.path,
      `has ${gigabytes(free)} GB left, the run needs about ${gigabytes(bytes + spareBytes)} GB`,
      'name a folder on another disk, or keep no captures: --capture none',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.jobs, { recursive: true, force: true });
    await this.#lock[Symbol.asyncDispose]();
  }
}

async function refuseUnwritable(path: string): Promise<void> {
  if (path === '') throw new UsageError(field, path, 'is no name', 'name a folder, such as out/mine');
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isDirectory())
    throw new UsageError(field, path, 'is a file', 'name a folder, or one that is not there yet');
  await makeWritable(resolve(path)).catch((error: NodeJS.ErrnoException) => {
    const problem = `cannot be written to (${error.code ?? String(error)})`;
    throw new UsageError(field, resolve(path), problem, 'name a folder that you may write to');
  });
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
