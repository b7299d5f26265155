import { loadavg } from 'node:os';
import { type Pace, secondsOf, sum } from './cells/estimate.ts';
import { usedOf } from './cells/fingerprint.ts';
import { measureCells } from './cells/measure-cells.ts';
import type { OpenCells } from './cells/open-cells.ts';
import type { PreparedCell } from './cells/prepared-cell.ts';
import type { OwnProcessors } from './cells/processors.ts';
import type { Shard } from './cells/shard.ts';
import type { VerifiedFiles } from './cells/verified-files.ts';
import type { LabKind } from './host-lab/open-lab.ts';
import type { Interruption } from './interruption.ts';
import type { CaptureMode } from './lab-body.ts';
import type { PlannedExperiment } from './planned-experiment.ts';
import { processorTimeSoFar } from './processor-time.ts';
import type { RunEvent } from './progress/events.ts';
import type { Analysts } from './results/analysts.ts';
import { type AnalyzedExperiment, analyzeCells, claimsEvent, removeResults } from './results/analyze-run.ts';
import { checkoutOf } from './results/checkout.ts';
import { manifestOf, type ReadManifest } from './results/manifest.ts';
import type { Lab } from './run-lab.ts';

export interface ExecuteOptions {
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

export interface PlannedRun extends PlannedExperiment {
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

/** Measures what is missing of one experiment, and analyses all of it. */
export async function measureAndAnalyze(run: PlannedRun, context: RunContext): Promise<AnalyzedExperiment> {
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

function measured({ experiment, folder, mine }: OpenCells): string {
  return `all ${mine.length} cells of ${experiment.id} are finished and kept in ${folder}`;
}
