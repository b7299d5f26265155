import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeReport } from '../analysis/report/report.ts';
import type { Results } from '../analysis/results.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { refuseLargeCaptures } from './cells/capture-room.ts';
import { captureBytesOf, Pace, secondsOf, sum, TimeLeft } from './cells/estimate.ts';
import { openCells } from './cells/open-cells.ts';
import type { PreparedCell } from './cells/prepared-cell.ts';
import { OwnProcessors } from './cells/processors.ts';
import { partsOf } from './cells/shard.ts';
import { VerifiedFiles } from './cells/verified-files.ts';
import type { CellSelection } from './cells.ts';
import { builderOf, onRunningKernel } from './host-lab/open-lab.ts';
import { Interruption } from './interruption.ts';
import { type ExecuteOptions, measureAndAnalyze, type PlannedRun } from './measure-experiment.ts';
import { type PlannedExperiment, planExperiment } from './planned-experiment.ts';
import type { RunEvent } from './progress/events.ts';
import { cellLine, duration, size, startLine } from './progress/wording.ts';
import { Analysts } from './results/analysts.ts';
import type { AnalyzedExperiment } from './results/analyze-run.ts';
import { refusingDamage, remedyForTables } from './results/damaged-results.ts';
import { OutFolder } from './results/out-folder.ts';
import { prepareLab, withFingerprint } from './run-lab.ts';

interface RunOptions extends CellSelection, ExecuteOptions {
  log(line: string): void;
}

/** Plans and runs one experiment: see `planExperiment`, `executeRun`. */
export async function runExperiment(experiment: Experiment, options: RunOptions): Promise<Results> {
  const emit = (event: RunEvent): void => {
    if (event.event === 'note') options.log(event.text);
    if (event.event === 'start') options.log(startLine(event));
    if (event.event === 'cell') options.log(cellLine(event));
  };
  const [analyzed] = await executeRun([planExperiment(experiment, options)], options, emit);
  return analyzed!.results;
}

/**
 * Measures every planned cell that `out` does not hold yet, analyses all, and writes `<out>/<name>/` and
 * `<out>/report.html`. A cell on disk is taken over when its fingerprint says that it would come out the same.
 *
 * Throws UsageError before anything runs, LabError when a lab cannot do its part; finished cells stay on disk then.
 */
export async function executeRun(
  planned: readonly PlannedExperiment[],
  options: ExecuteOptions,
  emit: (event: RunEvent) => void,
): Promise<readonly AnalyzedExperiment[]> {
  const { lab: kind = 'uml' } = options;
  if (!onRunningKernel(kind)) for (const { cells } of planned) refuseLargeCaptures(cells, options.capture);
  using interruption = new Interruption(options.signal, emit);
  await using out = await OutFolder.open(options.out);
  const lab = await prepareLab(kind, options.signal, emit);
  const builder = builderOf(kind);
  const cells = planned.map((plan) =>
    plan.cells.map(({ cell, plan: own }) =>
      withFingerprint({ cell, plan: { ...own, ...builder } }, lab, options.capture),
    ),
  );
  const parts = partsOf(cells, options.shard, secondsOf);
  const verified = new VerifiedFiles();
  const runs: PlannedRun[] = [];
  for (const [index, plan] of planned.entries()) {
    const place = { out: options.out, name: plan.name, mine: parts[index]!, verified };
    runs.push({ ...plan, open: await openCells(plan.experiment, cells[index]!, place, emit) });
  }
  const todo = runs.flatMap(({ open }) => open.todo);
  await out.checkRoom(sum(todo.map((cell) => captureBytesOf(cell, options.capture))));
  if (runs.length > 1) emit({ event: 'note', text: wholeEstimate(todo, options) });
  if (todo.length > 0) await rm(join(out.path, 'report.html'), { force: true });
  const analyzed: AnalyzedExperiment[] = [];
  const pace = new Pace();
  const labs = Math.max(...runs.map(({ jobs = options.jobs }) => jobs));
  using processors = await OwnProcessors.take(labs);
  await using analysts = Analysts.forLabs(labs);
  for (const run of runs) {
    const one = await measureAndAnalyze(run, {
      ...options,
      lab,
      jobsFolder: out.jobs,
      emit,
      interruption,
      pace,
      processors,
      verified,
      analysts,
    });
    analyzed.push(one);
  }
  interruption.check('all cells are measured; the report was not written');
  await refusingDamage('--out', out.path, remedyForTables(out.path), () => writeReport(out.path));
  return analyzed;
}

/** Of all experiments together: each tells its own part when it starts. */
function wholeEstimate(todo: readonly PreparedCell[], { jobs, capture }: ExecuteOptions): string {
  const repetitions = sum(todo.map(({ cell }) => cell.repetitions));
  const needs = [
    `about ${duration(new TimeLeft(todo, jobs, new Pace()).seconds)}`,
    `${size(sum(todo.map((cell) => captureBytesOf(cell, capture))))} of captures`,
  ];
  return `to be measured: ${todo.length} cells, ${repetitions} repetitions; ${needs.join(', ')}`;
}
