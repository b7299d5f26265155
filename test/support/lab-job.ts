import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../runner/cache-folder.ts';
import { ensureKernel } from '../../runner/kernel/ensure-kernel.ts';
import type { LabKernel } from '../../runner/kernel/finished-kernels.ts';
import { bootLab, type LabRun } from '../../runner/lab/boot.ts';
import type { BootSpec } from '../../runner/lab/boot-spec.ts';
import { initScript } from '../../runner/lab/init-script.ts';
import { labCore } from './lab-core.ts';

/** The lab kernel of this checkout; builds it when the cache does not have it. */
export function testKernel(): Promise<LabKernel> {
  return ensureKernel({ cacheDir: cacheFolder(), log: (line) => process.stderr.write(`${line}\n`) });
}

/** A job folder that is gone at the end of the block, with what a test wants to do with it. */
export class LabJob implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Creates a job folder whose `init.sh` runs `body`. */
  static async create(body: string): Promise<LabJob> {
    const job = new LabJob(await mkdtemp(join(tmpdir(), 'handoff-lab-test-')));
    await writeFile(join(job.path, 'init.sh'), initScript({ body }));
    return job;
  }

  /** Boots it in virtual time with seed 7, unless told otherwise. */
  async boot(changes: Partial<BootSpec> = {}): Promise<LabRun> {
    const { path: kernel } = await testKernel();
    const cpu = labCore();
    return bootLab({
      kernel,
      jobFolder: this.path,
      seed: 7,
      clock: 'virtual',
      memoryMb: 256,
      ...(cpu === undefined ? {} : { cpu }),
      wallTimeoutMs: 60_000,
      virtualTimeoutS: 100_000,
      ...changes,
    });
  }

  /** Processes of the host that have the folder as theirs: the lab's kernel and all its guests. */
  async processes(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const folders = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
    return pids.filter((pid, index) => pid !== process.pid && folders[index] === this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}
