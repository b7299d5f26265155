import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { cacheFolder } from '../cache-folder.ts';
import { openLab } from '../host-lab/open-lab.ts';
import { JobFolder } from '../job-folder.ts';
import type { LabRun } from '../lab/boot.ts';
import { initScript } from '../lab/init-script.ts';
import type { Lab } from '../lab/lab.ts';
import { ensureStage } from '../lab/stage.ts';
import { nodeEntryPoints } from '../node-entry-points.ts';
import { channelPort } from '../procedures/testbed.ts';
import type { Log } from '../progress/log.ts';
import { soakBody } from './body.ts';
import { servicePort, soakProcesses } from './daemons.ts';
import type { SoakPlan } from './plan.ts';
import { SoakFolder } from './soak-folder.ts';

interface SoakRunOptions {
  /** where the run's files go; those of an earlier soak are replaced when this one has ended */
  readonly folder: string;
  readonly wallTimeoutMs: number;
  readonly signal?: AbortSignal;
  /** the processor to run on */
  readonly cpu?: number;
  readonly log: Log;
}

/** of the lab's machine: some 80 network namespaces and 14 Node processes */
const memoryMb = 3072;
/** virtual seconds beyond the visits: the last ones' patience, the end of all connections */
const extraS = 1800;
const programs = ['correspondent-node', 'home-agent', 'member', 'conductor', 'itinerary-clients'];

/** How the lab of a soak has ended. */
interface SoakRun {
  readonly wallMs: number;
  /** every process did what it was told, and ended when it was told to */
  readonly orderly: boolean;
}

/**
 * Runs a soak in a lab of its own and leaves what it has recorded in `folder`. Throws UsageError for a folder that it cannot use, LabError
 * when the lab does not come to its end: what there is of it is kept then too, unless it was interrupted.
 */
export async function runSoak(plan: SoakPlan, options: SoakRunOptions): Promise<SoakRun> {
  const { signal, log } = options;
  await using folder = await SoakFolder.open(options.folder, plan.size.minutes);
  const { run: lab } = await openLab('uml', {
    cacheDir: cacheFolder(),
    log,
    ...(signal === undefined ? {} : { signal }),
  });
  const stage = await ensureStage({ cacheDir: cacheFolder(), nodeEntryPoints: entryPoints() });
  await using job = await JobFolder.create(folder.jobs);
  for (const [name, text] of Object.entries(filesOf(plan))) await job.write(name, text);
  const run = await boot(plan, { lab, stage: stage.folder, job: job.path }, options).catch(
    async (error: unknown) => {
      if (signal?.aborted === true)
        throw new LabError(`interrupted: nothing of this soak is kept in ${folder.path}`);
      await folder.keep(job.path, recordOf(plan));
      throw error;
    },
  );
  await folder.keep(job.path, recordOf(plan));
  // Written behind everything else.
  if (!existsSync(join(folder.path, 'kernel-after.txt')))
    throw new LabError(`seed ${plan.seed}: the lab ended before its time, with status ${run.status}`, {
      stderr: run.console,
      remedy: `look into ${folder.path}`,
    });
  return { wallMs: run.wallMs, orderly: run.status <= 1 };
}

function boot(
  plan: SoakPlan,
  { lab, stage, job }: { readonly lab: Lab; readonly stage: string; readonly job: string },
  { wallTimeoutMs, signal, cpu, folder }: SoakRunOptions,
): Promise<LabRun> {
  return lab({
    jobFolder: job,
    stageFolder: stage,
    seed: plan.seed,
    clock: 'virtual',
    memoryMb,
    wallTimeoutMs,
    virtualTimeoutS: plan.size.minutes * 60 + extraS,
    ...(cpu === undefined ? {} : { cpu }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    const summary = error instanceof LabError ? error.message.split('\n')[0]! : String(error);
    throw new LabError(`seed ${plan.seed}: ${summary}`, {
      cause: error,
      ...(error instanceof LabError && error.stderr !== undefined ? { stderr: error.stderr } : {}),
      remedy: `look into ${join(folder, 'console.txt')} and events.jsonl beside it`,
    });
  });
}

function entryPoints(): Readonly<Record<string, string>> {
  return Object.fromEntries(programs.map((name) => [name, nodeEntryPoints[name]!]));
}

function filesOf(plan: SoakPlan): Readonly<Record<string, string>> {
  const { conductor, configurations } = soakProcesses(plan);
  const all = { ...configurations, [conductor.name]: conductor.config };
  return {
    'init.sh': initScript({ body: soakBody(plan) }),
    ...Object.fromEntries(
      Object.entries(all).map(([name, config]) => [`config/${name}.json`, `${JSON.stringify(config)}\n`]),
    ),
  };
}

function recordOf(plan: SoakPlan): object {
  const { visits, ...rest } = plan;
  return { ...rest, servicePort, channelPort, visits };
}
