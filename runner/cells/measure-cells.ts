import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sample } from '../../analysis/sample.ts';
import { LabError } from '../../linux/lab-error.ts';
import { fullDiskText } from '../full-disk.ts';
import type { RunEvent } from '../progress/events.ts';
import type { Analysts } from '../results/analysts.ts';
import { samplesOf, sealSamples } from '../results/cell-samples.ts';
import type { FileDigests } from './cell-store.ts';
import { captureBytesOf, dearestFirst, Pace, sum, TimeLeft } from './estimate.ts';
import type { OpenCells } from './open-cells.ts';
import { type Failure, runPool } from './pool.ts';
import type { PreparedCell } from './prepared-cell.ts';
import type { OwnProcessors } from './processors.ts';
import { type LabEnvironment, runCell } from './run-cell.ts';
import type { VerifiedFiles } from './verified-files.ts';

/** What a run's cells share. */
interface MeasuringEnvironment extends LabEnvironment {
  /** each worker's labs have one of these */
  readonly processors?: OwnProcessors;
  /** read the captures; default: this thread */
  readonly analysts?: Analysts;
  /** learns what every new cell's files hold */
  readonly verified?: VerifiedFiles;
}

/**
 * Measures the cells that are to be done, `jobs` at a time. Throws LabError, with every failed cell's own message, when
 * one failed, and when the run was interrupted; what was finished is on disk either way. Estimates go by `pace`, and add to it.
 */
export async function measureCells(
  open: OpenCells,
  environment: MeasuringEnvironment,
  jobs: number,
  emit: (event: RunEvent) => void,
  pace: Pace = new Pace(),
): Promise<void> {
  const { experiment, name: id, folder, mine, todo } = open;
  const left = new TimeLeft(todo, jobs, pace);
  const analysis = environment.analysts === undefined ? {} : { analysts: environment.analysts };
  let done = mine.length - todo.length;
  emit(startOf(open, environment, jobs, left));
  // One at a time end together in any order: the grid's is the one that people expect.
  const order = jobs > 1 ? dearestFirst(todo) : todo;
  const failures = await runPool(order, { jobs, signal: environment.signal }, async (prepared, worker) => {
    const { cell } = prepared;
    emit({ event: 'cell-started', experiment: id, cell: cell.id });
    let samples: readonly Sample[] = [];
    let files: FileDigests = {};
    const cpu = environment.processors?.of(worker);
    const target = join(folder, 'cells', cell.id);
    const run = await runCell(prepared, target, environment, cpu, async (partial, digests) => {
      files = digests;
      samples = await samplesOf(partial, experiment, { digests, ...analysis });
      if (environment.capture === 'none') await dropCapture(partial, prepared, digests);
    });
    await environment.verified?.remember(target, files);
    left.done(prepared, run.wallSeconds);
    const failedRepetitions = failedIn(samples);
    const counts = { done: ++done, cells: mine.length, repetitions: cell.repetitions, failedRepetitions };
    emit({ event: 'cell', experiment: id, cell: cell.id, ...counts, ...run, secondsLeft: left.seconds });
  });
  const progress = `${done} of ${mine.length} cells of ${id} are finished and kept in ${folder}; the same command goes on from there`;
  if (environment.signal.aborted) throw new LabError(`interrupted: ${progress}`);
  if (failures.length > 0) throw failed(failures, id, progress, emit);
}

function startOf(
  { name, mine, todo }: OpenCells,
  { capture }: LabEnvironment,
  jobs: number,
  left: TimeLeft,
): RunEvent {
  return {
    event: 'start',
    experiment: name,
    cells: mine.length,
    found: mine.length - todo.length,
    repetitions: sum(mine.map(({ cell }) => cell.repetitions)),
    jobs,
    estimatedSeconds: left.seconds,
    estimatedBytes: sum(todo.map((cell) => captureBytesOf(cell, capture))),
  };
}

/** What the analysis draws from single packets is lost with them: the samples stay. */
async function dropCapture(folder: string, { cell }: PreparedCell, digests: FileDigests): Promise<void> {
  await sealSamples(folder, cell.experiment, digests);
  await rm(join(folder, 'router.pcap'));
}

function failedIn(samples: readonly Sample[]): number {
  const failed = samples.filter((sample) => sample.outcome === 'failed');
  return new Set(failed.map((sample) => sample.repetition)).size;
}

function failed(
  failures: readonly Failure<PreparedCell>[],
  experiment: string,
  progress: string,
  emit: (event: RunEvent) => void,
): LabError {
  const texts = failures.map(({ item, error }) => {
    const message = describe(error);
    emit({ event: 'cell-failed', experiment, cell: item.cell.id, message });
    return `cell ${item.cell.id}: ${message}`;
  });
  return new LabError(`${texts.join('\n')}\n${progress}`, { cause: failures[0]?.error });
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const full = fullDiskText(error);
  if (full !== undefined) return full;
  return error instanceof LabError ? error.message : `${error.name}: ${error.message}`;
}
