import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { makeFolders } from './make-folders.ts';

/** A fresh folder that one lab may write into; removed at the end of the block (`await using`). */
export class JobFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async create(parent = tmpdir()): Promise<JobFolder> {
    return new JobFolder(await mkdtemp(join(parent, 'handoff-lab-')));
  }

  async write(name: string, content: string): Promise<void> {
    const path = join(this.path, name);
    await makeFolders(dirname(path));
    await writeFile(path, content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
