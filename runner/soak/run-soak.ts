import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from '../cache-folder.ts';
import { mergeEvents } from '../cells/merge-events.ts';
import { JobFolder } from '../job-folder.ts';
import { ensureKernel } from '../kernel/ensure-kernel.ts';
import { bootLab } from '../lab/boot.ts';
import { initScript } from '../lab/init-script.ts';
import { ensureStage } from '../lab/stage.ts';
import { LabError } from '../lab-error.ts';
import { nodeEntryPoints } from '../node-entry-points.ts';
import { channelPort } from '../procedures/testbed.ts';
import { soakBody } from './body.ts';
import { servicePort, soakProcesses } from './daemons.ts';
import type { SoakPlan } from './plan.ts';

export interface SoakRunOptions {
  /** where the run's files go, whole or not at all; what was there before is replaced */
  readonly folder: string;
  readonly wallTimeoutMs: number;
  readonly signal?: AbortSignal;
  /** the processor to run on */
  readonly cpu?: number;
  readonly log: (line: string) => void;
}

/** of the lab's machine: some 80 network namespaces and 14 Node processes */
const memoryMb = 3072;
/** virtual seconds beyond the visits: the last ones' patience, the end of all connections */
const extraS = 1800;
const programs = ['correspondent-node', 'home-agent', 'member', 'conductor', 'itinerary-clients'];
const kept = ['router.pcap', 'memory.txt', 'kernel-before.txt', 'kernel-after.txt', 'console.txt'];

/** Runs a soak in a lab of its own and leaves what it has recorded in `folder`; resolves with the wall time, ms. Throws LabError. */
export async function runSoak(plan: SoakPlan, options: SoakRunOptions): Promise<number> {
  const { folder, wallTimeoutMs, signal, cpu, log } = options;
  const kernel = await ensureKernel({ cacheDir: cacheFolder(), log });
  const stage = await ensureStage({ cacheDir: cacheFolder(), nodeEntryPoints: entryPoints() });
  await mkdir(dirname(folder), { recursive: true });
  await using job = await JobFolder.create(dirname(folder));
  for (const [name, text] of Object.entries(filesOf(plan))) await job.write(name, text);
  const run = await bootLab({
    kernel: kernel.path,
    jobFolder: job.path,
    stageFolder: stage.folder,
    seed: plan.seed,
    clock: 'virtual',
    memoryMb,
    wallTimeoutMs,
    virtualTimeoutS: plan.size.minutes * 60 + extraS,
    ...(cpu === undefined ? {} : { cpu }),
    ...(signal === undefined ? {} : { signal }),
  });
  await keep(plan, job.path, folder);
  if (run.status > 1)
    throw new LabError(`the lab of the soak ended with status ${run.status}`, {
      stderr: run.console,
      remedy: `look into ${folder}`,
    });
  return run.wallMs;
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

async function keep(plan: SoakPlan, job: string, folder: string): Promise<void> {
  const { seed, size, roles, disturbances, visits } = plan;
  const draft = `${folder}.tmp`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const record = { seed, size, servicePort, channelPort, roles, disturbances, visits };
  await writeFile(join(draft, 'soak.json'), `${JSON.stringify(record, undefined, 1)}\n`);
  await writeFile(join(draft, 'events.jsonl'), await mergeEvents(join(job, 'events')));
  for (const name of kept) await copyFile(join(job, name), join(draft, name)).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
}
