import { cacheFolder } from '../../runner/cache-folder.ts';
import { JobFolder } from '../../runner/job-folder.ts';
import { ensureKernel } from '../../runner/kernel/ensure-kernel.ts';
import { bootLab, type LabRun } from '../../runner/lab/boot.ts';
import { initScript } from '../../runner/lab/init-script.ts';
import { ensureStage } from '../../runner/lab/stage.ts';
import { nodeFlags } from '../../runner/lab-body.ts';
import { labCore } from './lab-core.ts';

export interface LabTest {
  /** lines of bash, run as the lab's root in the job folder; `$NODE` is the lab’s Node with an experiment’s flags */
  readonly body: string;
  /** programs to bundle: name → source file; each is `/run/lab/nodes/<name>.cjs` in the lab */
  readonly programs?: Readonly<Record<string, string>>;
  /** files of the job folder: name → content */
  readonly files?: Readonly<Record<string, string>>;
  /** default: virtual */
  readonly clock?: 'virtual' | 'wall';
  readonly seed?: number;
  /** default: 600 */
  readonly virtualTimeoutS?: number;
  /** default: 300,000 */
  readonly wallTimeoutMs?: number;
}

const MEMORY_MB = 512;
const WALL_TIMEOUT_MS = 300_000;
const VIRTUAL_TIMEOUT_S = 600;
const environment = `export NODE='/run/lab/node ${nodeFlags}'`;

/**
 * Runs a script in the lab kernel, which is built first if need be, and leaves its files in `folder`, which the end of
 * the caller's block removes (`await using`). Throws LabError when the lab cannot start; a failed script is a `status`.
 */
export async function runInLab(
  lab: LabTest,
): Promise<LabRun & { readonly folder: string } & AsyncDisposable> {
  const kernel = await ensureKernel({
    cacheDir: cacheFolder(),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  const stage = await ensureStage({ cacheDir: cacheFolder(), nodeEntryPoints: lab.programs ?? {} });
  const job = await JobFolder.create();
  const cpu = labCore();
  try {
    await job.write('init.sh', initScript({ body: `${environment}\n${lab.body}` }));
    for (const [name, content] of Object.entries(lab.files ?? {})) await job.write(name, content);
    const run = await bootLab({
      kernel: kernel.path,
      jobFolder: job.path,
      stageFolder: stage.folder,
      seed: lab.seed ?? 1,
      clock: lab.clock ?? 'virtual',
      memoryMb: MEMORY_MB,
      ...(cpu === undefined ? {} : { cpu }),
      wallTimeoutMs: lab.wallTimeoutMs ?? WALL_TIMEOUT_MS,
      virtualTimeoutS: lab.virtualTimeoutS ?? VIRTUAL_TIMEOUT_S,
    });
    return { ...run, folder: job.path, [Symbol.asyncDispose]: () => job[Symbol.asyncDispose]() };
  } catch (error) {
    await job[Symbol.asyncDispose]();
    throw error;
  }
}
