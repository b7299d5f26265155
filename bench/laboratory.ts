import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LabError } from '../linux/lab-error.ts';
import { cacheFolder } from '../runner/cache-folder.ts';
import type { FileDigests } from '../runner/cells/cell-store.ts';
import type { PreparedCell } from '../runner/cells/prepared-cell.ts';
import { allowedProcessors } from '../runner/cells/processors.ts';
import { type LabEnvironment, runCell } from '../runner/cells/run-cell.ts';
import { type OpenLab, openLab } from '../runner/host-lab/open-lab.ts';
import { JobFolder } from '../runner/job-folder.ts';
import type { LabRun } from '../runner/lab/boot.ts';
import { initScript } from '../runner/lab/init-script.ts';
import { ensureStage, type Stage } from '../runner/lab/stage.ts';
import { nodeEntryPoints } from '../runner/node-entry-points.ts';
import { samplesOf } from '../runner/results/cell-samples.ts';
import { type Cost, difference, measured } from './cost.ts';
import { sessionSecondsOf } from './session-seconds.ts';

export type CellToRun = Omit<PreparedCell, 'fingerprint'>;

/** A cell that was run as the runner runs it, one lab on one processor. */
export interface CellMeasured {
  /** from the lab's start to the cell's folder on disk */
  readonly lab: Cost;
  /** reading the capture; 0 where it was not asked for */
  readonly analysis: Cost;
  /** the sessions' own time on the lab's clock, from their starts to their ends, together */
  readonly sessionSeconds: number;
}

interface ScriptToRun {
  /** lines of bash, see `initScript` */
  readonly body: string;
  readonly clock: 'virtual' | 'wall';
  /** files of the job folder: name → text */
  readonly files?: Readonly<Record<string, string>>;
  /** on the lab's clock; default: 600 */
  readonly virtualTimeoutS?: number;
}

const MEMORY_MB = 512;
const SCRIPT_LIMIT_MS = 300_000;
const SCRIPT_LIMIT_S = 600;
const nothing: Cost = { wall: 0, user: 0, system: 0 };

/** Programs of the benchmarks' own, beside those of the lab: name → source file. */
const programs = {
  'tcp-migration': fileURLToPath(new URL('./guest/tcp-migration.ts', import.meta.url)),
};

/** Labs to measure, always on the same processor; the folder for their results goes at the end (`await using`). */
export class Laboratory implements AsyncDisposable {
  readonly #lab: OpenLab;
  readonly #stage: Stage;
  readonly #folder: string;
  readonly #cpu: number | undefined;
  readonly #signal: AbortSignal;
  #runs = 0;

  private constructor(lab: OpenLab, stage: Stage, folder: string, signal: AbortSignal) {
    this.#lab = lab;
    this.#stage = stage;
    this.#folder = folder;
    this.#cpu = allowedProcessors().at(-1);
    this.#signal = signal;
  }

  /** Builds the lab kernel and the programs where they are not there yet; `signal` ends the lab that runs. Throws LabError. */
  static async open(log: (line: string) => void, signal: AbortSignal): Promise<Laboratory> {
    const cacheDir = cacheFolder();
    const lab = await openLab('uml', { cacheDir, log });
    const stage = await ensureStage({ cacheDir, nodeEntryPoints: { ...nodeEntryPoints, ...programs } });
    const folder = await mkdtemp(join(tmpdir(), 'handoff-lab-bench-'));
    return new Laboratory(lab, stage, folder, signal);
  }

  get interrupted(): boolean {
    return this.#signal.aborted;
  }

  /** Runs a cell; `analyse`: its capture is read too, as a run does. Throws LabError, also when a session failed. */
  async runCell(cell: CellToRun, options: { readonly analyse: boolean }): Promise<CellMeasured> {
    const target = join(this.#folder, `cell-${this.#runs++}`);
    let analysis = nothing;
    const analyse = async (partial: string, digests: FileDigests): Promise<void> => {
      const { result, cost } = await measured(() => samplesOf(partial, cell.cell.experiment, { digests }));
      refuseFailed(cell, result);
      analysis = cost;
    };
    const finish = options.analyse ? analyse : async (): Promise<void> => {};
    const { cost } = await measured(() =>
      runCell({ ...cell, fingerprint: 'benchmark' }, target, this.#environment(), this.#cpu, finish),
    );
    const sessionSeconds = sessionSecondsOf(await readFile(join(target, 'events.jsonl'), 'utf8'));
    await rm(target, { recursive: true });
    return { lab: difference(cost, analysis), analysis, sessionSeconds };
  }

  /** Runs a script as a lab's root and lets `read` look at the job folder. Throws LabError when its status is not 0. */
  async runScript<T>(
    { body, clock, files = {}, virtualTimeoutS = SCRIPT_LIMIT_S }: ScriptToRun,
    read: (folder: string, run: LabRun) => Promise<T>,
  ): Promise<{ readonly result: T; readonly cost: Cost }> {
    await using job = await JobFolder.create(this.#folder);
    for (const [name, text] of Object.entries({ ...files, 'init.sh': initScript({ body }) }))
      await job.write(name, text);
    const { result: run, cost } = await measured(() =>
      this.#lab.run({
        jobFolder: job.path,
        stageFolder: this.#stage.folder,
        seed: 1,
        clock,
        memoryMb: MEMORY_MB,
        ...(this.#cpu === undefined ? {} : { cpu: this.#cpu }),
        wallTimeoutMs: SCRIPT_LIMIT_MS,
        virtualTimeoutS,
        signal: this.#signal,
      }),
    );
    if (run.status !== 0)
      throw new LabError(`a benchmark's script ended with status ${run.status}`, { stderr: run.console });
    return { result: await read(job.path, run), cost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #environment(): LabEnvironment {
    return {
      lab: this.#lab.run,
      stageFolder: this.#stage.folder,
      jobsFolder: this.#folder,
      capture: 'headers',
      signal: this.#signal,
    };
  }
}

/** A session that failed takes another time than one that did not. */
function refuseFailed({ cell }: CellToRun, samples: Awaited<ReturnType<typeof samplesOf>>): void {
  const failed = samples.find((sample) => sample.outcome === 'failed');
  if (failed === undefined) return;
  throw new LabError(
    `repetition ${failed.repetition} of ${cell.experiment.id} ${cell.id} failed: ${failed.reason}`,
  );
}
