import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Experiment } from '../../experiments/experiment.ts';
import type { OrderedHandoff } from '../../experiments/own-server.ts';
import { topologyByName } from '../../topologies/index.ts';
import { cacheFolder } from '../cache-folder.ts';
import { planOf } from '../cells/cell-files.ts';
import { runCell } from '../cells/run-cell.ts';
import type { Cell } from '../cells.ts';
import { ensureKernel } from '../kernel/ensure-kernel.ts';
import { bootLab } from '../lab/boot.ts';
import type { Lab } from '../lab/lab.ts';
import { ensureStage } from '../lab/stage.ts';
import type { CaptureMode } from '../lab-body.ts';
import { makeWritable } from '../make-folders.ts';
import { nodeEntryPoints } from '../node-entry-points.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { UsageError } from '../usage-error.ts';
import type { ServeOptions } from './serve-options.ts';
import { whatHappened } from './what-happened.ts';

interface ClientOptions extends ServeOptions {
  /** for bash */
  readonly client: string;
  readonly handoffs: readonly OrderedHandoff[];
  readonly capture: Exclude<CaptureMode, 'none'>;
  /** folder for capture, events and output: new, or of an earlier call */
  readonly out: string;
}

const EXPERIMENT = 'serve';

/**
 * The server in a lab, the command on its client: what it prints comes to standard output, capture and events to `out`. True when the command
 * has ended with status 0. Throws UsageError, LabError.
 */
export async function serveClient(options: ClientOptions): Promise<boolean> {
  const { out, capture, signal, log } = options;
  const cell = cellOf(options);
  const plan = inFolder(planOf(cell), process.cwd());
  const target = resolve(out);
  await refuseOthers(target, out);
  const kernel = await ensureKernel({ cacheDir: cacheFolder(), log, signal });
  const stage = await ensureStage({ cacheDir: cacheFolder(), nodeEntryPoints });
  await makeWritable(dirname(target)).catch((error: NodeJS.ErrnoException) => {
    throw cannotBeUsed(out, error);
  });
  // This machine's own files, so that a client may be any program of the user's.
  const lab: Lab = (job) => bootLab({ ...job, kernel: kernel.path });
  const environment = { lab, stageFolder: stage.folder, jobsFolder: dirname(target), capture, signal };
  await runCell(
    { cell, plan, fingerprint: EXPERIMENT },
    target,
    environment,
    undefined,
    async () => undefined,
  );
  process.stdout.write(await readFile(join(target, 'client-0.out')));
  process.stderr.write(await readFile(join(target, 'client-0.err')));
  const happened = await whatHappened(target, plan.addresses);
  for (const line of happened.lines) log(line);
  log(`capture, events and output: ${(await readdir(target)).sort().join(', ')} in ${out}`);
  return happened.good;
}

function cellOf({ application, topology, settings, client, handoffs, clock, seed }: ClientOptions): Cell {
  const entry = topologyByName(topology);
  // A name that the network does not know is refused where it is built.
  entry.build(settings);
  const parameters = entry.complete(settings);
  const profile = { grid: [{}], repetitions: 1 };
  const experiment: Experiment = {
    id: EXPERIMENT,
    title: EXPERIMENT,
    source: 'a server of one’s own',
    question: 'What does it do?',
    topology,
    parameters: {},
    profiles: { smoke: profile, quick: profile, paper: profile },
    variants: [],
    procedure: 'own-server',
    measures: [],
    claims: [],
    plots: [],
    application,
    client,
    handoffs,
  };
  return { experiment, id: EXPERIMENT, parameters, variant: '', clock, runSeed: seed, seed, repetitions: 1 };
}

/** The command finds the files beside it, and its words mean what they meant where it was typed. */
function inFolder(plan: LabPlan, folder: string): LabPlan {
  const config = { ...(plan.driver.config as object), folder };
  return { ...plan, shownFolder: folder, driver: { ...plan.driver, config } };
}

/** Nothing but what an earlier call has left is replaced. */
async function refuseOthers(target: string, out: string): Promise<void> {
  const found = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw cannotBeUsed(out, error);
  });
  if (found === undefined) return;
  const text = await readFile(join(target, 'cell.json'), 'utf8').catch(() => '{}');
  if (found.length > 0 && (JSON.parse(text) as { experiment?: string }).experiment !== EXPERIMENT)
    throw new UsageError(
      '--out',
      out,
      'holds something else',
      'name a new folder, or one that `serve` has written',
    );
  await rm(target, { recursive: true });
}

function cannotBeUsed(out: string, { code }: NodeJS.ErrnoException): UsageError {
  return new UsageError(
    '--out',
    out,
    `cannot be used (${code})`,
    'name a folder that is not there yet, in one that you may write into',
  );
}
