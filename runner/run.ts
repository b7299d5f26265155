import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { analyzeExperiment } from '../analysis/analyze-experiment.ts';
import type { Results } from '../analysis/results.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { cacheFolder } from './cache-folder.ts';
import { type CellSelection, cellsOf } from './cells.ts';
import { ensureKernel } from './kernel/ensure-kernel.ts';
import { ensureStage } from './lab/stage.ts';
import type { CaptureMode } from './lab-body.ts';
import { manifestOf } from './manifest.ts';
import { nodeEntryPoints } from './node-entry-points.ts';
import { runPool } from './pool.ts';
import { planOf, runCell } from './run-cell.ts';

export interface RunOptions extends CellSelection {
  readonly out: string;
  readonly jobs: number;
  readonly capture: CaptureMode;
  readonly signal: AbortSignal;
  log(line: string): void;
}

/**
 * Runs an experiment's cells, analyses their captures and writes `<out>/<experiment>/`: the whole of `run EXPERIMENT`.
 * Throws UsageError before anything runs, LabError when the lab cannot do its part.
 */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<Results> {
  const cells = cellsOf(experiment, options);
  for (const cell of cells) planOf(cell);
  const startedAt = new Date();
  const { log, signal, capture, jobs } = options;
  const kernel = await ensureKernel({ cacheDir: cacheFolder(), log });
  const stage = await ensureStage({ cacheDir: cacheFolder(), nodeEntryPoints });
  const folder = join(options.out, experiment.id);
  await rm(join(folder, 'cells'), { recursive: true, force: true });
  let done = 0;
  await runPool(cells, jobs, async (cell, worker) => {
    const started = performance.now();
    await runCell(
      cell,
      join(folder, 'cells', cell.id),
      { kernel: kernel.path, stageFolder: stage.folder, capture, signal },
      worker,
    );
    done++;
    log(
      `${experiment.id} ${done}/${cells.length}  ${cell.id}  ${((performance.now() - started) / 1000).toFixed(2)} s`,
    );
  });
  const wallSeconds = (Date.now() - startedAt.getTime()) / 1000;
  const facts = {
    cells,
    selection: options,
    capture,
    kernel,
    stageHash: stage.hash,
    startedAt,
    wallSeconds,
    jobs,
  };
  return analyzeExperiment(folder, experiment, manifestOf(facts));
}
