import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../experiments/experiment.ts';
import { LabError } from '../../linux/lab-error.ts';
import { provisionScript } from '../../topologies/provision.ts';
import type { Topology } from '../../topologies/topology.ts';
import { checked } from '../../topologies/validate.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { cacheFolder } from '../cache-folder.ts';
import { complaints } from '../cells/run-cell.ts';
import { JobFolder } from '../job-folder.ts';
import { ensureKernel } from '../kernel/ensure-kernel.ts';
import { bootLab, type LabRun } from '../lab/boot.ts';
import { initScript } from '../lab/init-script.ts';
import type { LabLine } from '../lab/lab-process.ts';

import { ensureStage } from '../lab/stage.ts';
import { changesFifo, networkChanges } from '../network-changes.ts';
import { nodeEntryPoints } from '../node-entry-points.ts';
import type { Log } from '../progress/log.ts';
import { agentScript } from './agent.ts';
import { LabSession } from './session.ts';

interface ShellOptions {
  readonly clock: Clock;
  readonly seed: number;
  readonly interactive: boolean;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** what runs in the lab beside the prompt: lines of the body, and files of the job folder */
  readonly beside?: { readonly body: string; readonly files: Readonly<Record<string, string>> };
}

const memoryMb = 512;
/** Thirty years of the lab's time; in virtual time only what commands take counts. */
const virtualTimeoutS = 1e9;

/**
 * Boots a lab with the network, calls `talk` with a session in it, and ends the lab when `talk` is done. Throws LabError
 * when the lab cannot start, is not as the topology asks, or dies meanwhile.
 */
export async function inLiveLab<Result>(
  topology: Topology,
  options: ShellOptions,
  talk: (session: LabSession) => Promise<Result>,
): Promise<Result> {
  checked(topology);
  const { clock, seed, interactive, signal, beside, log } = options;
  const kernel = await ensureKernel({ cacheDir: cacheFolder(), log });
  const stage = await ensureStage({ cacheDir: cacheFolder(), nodeEntryPoints });
  await using job = await JobFolder.create();
  const token = randomBytes(8).toString('hex');
  const parts = [provisionScript(topology), ...(beside === undefined ? [] : [beside.body])];
  // Links that change by a schedule start with it at the first command.
  const changes = networkChanges(topology);
  if (changes.length > 0 && beside === undefined) parts.push(...changes);
  if (changes.length > 0) parts.push(`echo start >${changesFifo}`);
  const body = [...parts, agentScript({ token, clock, interactive })].join('\n');
  await job.write('init.sh', initScript({ body }));
  for (const [name, text] of Object.entries(beside?.files ?? {})) await job.write(name, text);
  const line = Promise.withResolvers<LabLine>();
  const enough = new AbortController();
  const lab = bootLab({
    kernel: kernel.path,
    jobFolder: job.path,
    stageFolder: stage.folder,
    seed,
    clock,
    memoryMb,
    wallTimeoutMs: Number.POSITIVE_INFINITY,
    virtualTimeoutS,
    signal: AbortSignal.any([signal, enough.signal]),
    attach: line.resolve,
  });
  const death = lab.then((run) => died(run, job.path));
  death.catch(() => undefined);
  try {
    const session = new LabSession(await Promise.race([line.promise, death]), token, clock);
    await Promise.race([session.ready(), death]);
    await checkNetwork(topology, job.path);
    return await Promise.race([talk(session), death]);
  } finally {
    enough.abort();
    await lab.catch(() => undefined);
  }
}

async function died(run: LabRun, jobFolder: string): Promise<never> {
  const stderr = await complaints(jobFolder, run.console);
  throw new LabError(`The lab ended with status ${run.status}.`, { stderr });
}

async function checkNetwork(topology: Topology, jobFolder: string): Promise<void> {
  const deviations = await compareReadBack(topology, join(jobFolder, 'network'));
  if (deviations.length === 0) return;
  throw new LabError(`The network is not as asked:\n${deviations.map(String).join('\n')}`);
}
