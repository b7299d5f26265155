import { rm } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { writeReport } from '../analysis/report/report.ts';
import type { Results } from '../analysis/results.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { cacheFolder } from './cache-folder.ts';
import { refuseLargeCaptures } from './cells/capture-room.ts';
import { planOf } from './cells/cell-files.ts';
import { captureBytesOf, Pace, secondsOf, sum, TimeLeft } from './cells/estimate.ts';
import { fingerprintOf, usedOf } from './cells/fingerprint.ts';
import { measureCells } from './cells/measure-cells.ts';
import { type OpenCells, openCells } from './cells/open-cells.ts';
import type { PreparedCell } from './cells/prepared-cell.ts';
import { OwnProcessors } from './cells/processors.ts';
import { partsOf, type Shard } from './cells/shard.ts';
import { VerifiedFiles } from './cells/verified-files.ts';
import { type CellSelection, cellsOf } from './cells.ts';
import { builderOf, type LabKind, type OpenLab, onRunningKernel, openLab } from './host-lab/open-lab.ts';
import { Interruption } from './interruption.ts';
import { ensureStage, type Stage } from './lab/stage.ts';
import type { CaptureMode } from './lab-body.ts';
import { nodeEntryPoints } from './node-entry-points.ts';
import { withOtherImplementations } from './procedures/other-implementations.ts';
import { processorTimeSoFar } from './processor-time.ts';
import type { RunEvent } from './progress/events.ts';
import { cellLine, duration, size, startLine } from './progress/wording.ts';
import { analysisKey } from './results/analysis-key.ts';
import { Analysts } from './results/analysts.ts';
import { type AnalyzedExperiment, analyzeCells, claimsEvent, removeResults } from './results/analyze-run.ts';
import { checkoutOf } from './results/checkout.ts';
import { refusingDamage, remedyForTables } from './results/damaged-results.ts';
import { manifestOf, type ReadManifest } from './results/manifest.ts';
import { OutFolder } from './results/out-folder.ts';

interface ExecuteOptions {
  readonly out: string;
  /** labs at the same time */
  readonly jobs: number;
  readonly capture: CaptureMode;
  /** ends the run: what is finished stays */
  readonly signal: AbortSignal;
  readonly shard?: Shard;
  /** default: `uml` */
  readonly lab?: LabKind;
}

interface RunOptions extends CellSelection, ExecuteOptions {
  log(line: string): void;
}

/** An experiment with all its cells, checked. */
export interface PlannedExperiment {
  readonly experiment: Experiment;
  /** of its results, below `out`: the experiment's id, on a further clock with `@` and the clock behind it */
  readonly name: string;
  readonly selection: CellSelection;
  /** labs at the same time, instead of the run's */
  readonly jobs?: number;
  readonly cells: readonly Omit<PreparedCell, 'fingerprint'>[];
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

/** All cells of an experiment with their plans. Throws UsageError for anything that no lab could run. */
export function planExperiment(
  experiment: Experiment,
  selection: CellSelection,
  name = experiment.id,
): PlannedExperiment {
  const { others = {} } = selection;
  const cells = cellsOf(experiment, selection).map((cell) => ({
    cell,
    plan: withOtherImplementations(planOf(cell), others),
  }));
  return { experiment, name, selection, cells };
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

function measured({ experiment, folder, mine }: OpenCells): string {
  return `all ${mine.length} cells of ${experiment.id} are finished and kept in ${folder}`;
}

/** What every lab of a run is made of. */
interface Lab extends OpenLab {
  readonly stage: Stage;
  /** names the sources that turn captures into samples */
  readonly analysisKey: string;
}

interface PlannedRun extends PlannedExperiment {
  readonly open: OpenCells;
}

interface RunContext extends Omit<ExecuteOptions, 'lab'> {
  readonly lab: Lab;
  readonly jobsFolder: string;
  readonly interruption: Interruption;
  /** of all experiments together */
  readonly pace: Pace;
  readonly processors: OwnProcessors;
  readonly verified: VerifiedFiles;
  readonly analysts: Analysts;
  emit(event: RunEvent): void;
}

async function measureAndAnalyze(run: PlannedRun, context: RunContext): Promise<AnalyzedExperiment> {
  const { experiment, name, open } = run;
  const { lab, emit, capture, signal, jobsFolder, processors, verified, analysts } = context;
  const { jobs = context.jobs } = run;
  const startedAt = new Date();
  const loadBefore = loadavg()[0]!;
  const before = processorTimeSoFar();
  if (open.todo.length > 0) await removeResults(open.folder);
  const labs = { lab: lab.run, stageFolder: lab.stage.folder, jobsFolder, capture, signal };
  const digest = (file: string): Promise<string> => analysts.digest(file);
  const measuring = { ...labs, processors, verified, analysts, digest };
  await measureCells(open, measuring, jobs, emit, context.pace);
  const manifest = manifestOf({
    experiment: experiment.id,
    cells: open.all,
    ...(context.shard === undefined ? {} : { shard: { ...context.shard, cells: open.mine } }),
    selection: run.selection,
    capture,
    kernel: lab.kernel,
    userland: lab.userland,
    flags: lab.flags(run.selection.clock),
    programs: usedOf(
      lab.stage.contents,
      open.all.map(({ plan }) => plan),
    ),
    analysisKey: lab.analysisKey,
    checkout: await checkoutOf(),
    startedAt,
    wallSeconds: (Date.now() - startedAt.getTime()) / 1000,
    ...processorSecondsSince(before, open.todo),
    jobs,
    load: [loadBefore, loadavg()[0]!],
  });
  const cells = open.mine.map(({ cell }) => cell.id);
  const goOn = (): void => context.interruption.check(`${measured(open)}; the analysis was not finished`);
  const results = await analyzeCells(open.folder, experiment, cells, manifest, { goOn, verified });
  const analyzed = { experiment, name, manifest: manifest as ReadManifest, results };
  emit(claimsEvent(analyzed));
  return analyzed;
}

/** What cells took of processors beside what was estimated: of the lab, its programs, and the reading of its capture. */
function processorSecondsSince(
  before: ReturnType<typeof processorTimeSoFar>,
  cells: readonly PreparedCell[],
): { readonly processorSeconds: number; readonly estimatedSeconds: number } {
  const now = processorTimeSoFar();
  const taken = now.user + now.system - before.user - before.system;
  const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;
  return { processorSeconds: rounded(taken), estimatedSeconds: rounded(sum(cells.map(secondsOf))) };
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

async function prepareLab(kind: LabKind, signal: AbortSignal, emit: (event: RunEvent) => void): Promise<Lab> {
  const cacheDir = cacheFolder();
  const lab = await openLab(kind, {
    cacheDir,
    signal,
    log: (text, passing) => emit({ event: 'note', text, ...(passing ? { passing } : {}) }),
  });
  const stage = await ensureStage({ cacheDir, nodeEntryPoints });
  return { ...lab, stage, analysisKey: await analysisKey() };
}

function withFingerprint(
  { cell, plan }: Omit<PreparedCell, 'fingerprint'>,
  { kernel, userland, stage, analysisKey: key }: Lab,
  capture: CaptureMode,
): PreparedCell {
  const conditions = {
    capture,
    kernelKey: kernel.key,
    userlandKey: userland.key,
    stage: stage.contents,
    analysisKey: key,
  };
  return { cell, plan, fingerprint: fingerprintOf(cell, plan, conditions) };
}
