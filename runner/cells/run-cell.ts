import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { compareReadBack } from '../../topologies/verify.ts';
import { fullDisk, fullDiskText } from '../full-disk.ts';
import { JobFolder } from '../job-folder.ts';
import type { LabRun } from '../lab/boot.ts';
import type { Lab } from '../lab/lab.ts';
import { type CaptureMode, notReady } from '../lab-body.ts';
import { readySeconds, usualReadyS } from '../procedures/patience.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { wiresharkKeys } from '../procedures/security-associations.ts';
import { jobFilesOf, recordOf } from './cell-files.ts';
import { type FileDigests, keepCell } from './cell-store.ts';
import { secondsOf } from './estimate.ts';
import { forgetFailure, keptFailure } from './failed-cell.ts';
import { memoryOf } from './lab-memory.ts';
import { mergeEvents, spanOf } from './merge-events.ts';
import type { PreparedCell } from './prepared-cell.ts';

/** What all cells of a run share. */
export interface LabEnvironment {
  readonly lab: Lab;
  /** the stage folder: Node, koffi and bundles */
  readonly stageFolder: string;
  /** where labs get their job folders: on the file system of the results, so that captures are moved, not copied */
  readonly jobsFolder: string;
  readonly capture: CaptureMode;
  readonly signal: AbortSignal;
  /** SHA-256 of a file; default: `digestOf` */
  readonly digest?: (file: string) => Promise<string>;
}

interface CellRun {
  /** on the host */
  readonly wallSeconds: number;
  /** from the first to the last event, on the lab's clock */
  readonly labSeconds: number;
}

/** Wall time a repetition may take at most, on a slow and busy machine, and what every lab may take besides. */
const wallPerRepetitionMs = 20_000;
const wallBaseMs = 120_000;
/** So much slower than estimated a machine may be: large documents take their time. */
const slowMachine = 5;

/**
 * Runs one cell in a lab of its own, on processor `cpu`, and leaves its folder at `target`, whole or not at all; `finish`
 * runs on the folder just before it appears. Where other implementations took part, what a lab that failed has left is kept beside
 * the cells. Throws LabError.
 */
export async function runCell(
  prepared: PreparedCell,
  target: string,
  environment: LabEnvironment,
  cpu: number | undefined,
  finish: (folder: string, digests: FileDigests) => Promise<void>,
): Promise<CellRun> {
  const { cell, plan } = prepared;
  await using job = await JobFolder.create(environment.jobsFolder);
  for (const [name, text] of Object.entries(jobFilesOf(plan, environment.capture)))
    await job.write(name, text);
  try {
    const run = await runIn(job, prepared, target, environment, cpu, finish);
    await forgetFailure(target);
    return run;
  } catch (error) {
    const others = plan.daemons.flat().some(({ replacement }) => replacement !== undefined);
    if (!others || fullDiskText(error) !== undefined || environment.signal.aborted) throw error;
    // Where nothing can be kept, the first error is still the one to tell.
    throw await keptFailure(error, job.path, target, recordOf(cell, plan)).catch(() => error);
  }
}

async function runIn(
  job: JobFolder,
  prepared: PreparedCell,
  target: string,
  environment: LabEnvironment,
  cpu: number | undefined,
  finish: (folder: string, digests: FileDigests) => Promise<void>,
): Promise<CellRun> {
  const { cell, plan, fingerprint } = prepared;
  const run = await environment.lab({
    jobFolder: job.path,
    stageFolder: environment.stageFolder,
    seed: cell.seed,
    clock: cell.clock,
    memoryMb: memoryOf(plan),
    ...(cpu === undefined ? {} : { cpu }),
    wallTimeoutMs: wallLimitMs(prepared),
    virtualTimeoutS: plan.virtualTimeoutS,
    signal: environment.signal,
  });
  await checkRun(run, prepared, job.path);
  await checkNetwork(plan, job.path);
  const events = await mergeEvents(join(job.path, 'events'));
  await job.write('events.jsonl', events);
  const finishWithKeys = async (folder: string, digests: FileDigests): Promise<void> => {
    await keepKeys(folder, plan);
    await keepOutput(job.path, folder, plan);
    await finish(folder, digests);
  };
  await keepCell(job.path, target, {
    record: recordOf(cell, plan),
    fingerprint,
    finish: finishWithKeys,
    ...(environment.digest === undefined ? {} : { digest: environment.digest }),
  });
  return { wallSeconds: run.wallMs / 1000, labSeconds: spanOf(events) };
}

/** Status 1 is the driver's word that a repetition failed: the analysis finds out which one and why, unless a full disk is why. */
async function checkRun(run: LabRun, { cell, plan }: PreparedCell, jobFolder: string): Promise<void> {
  if (run.status === 0) return;
  const stderr = await complaints(jobFolder, run.console);
  const full = await fullDisk({ 'the job folder': jobFolder }, stderr);
  if (run.status === 1 && full === undefined) return;
  throw new LabError(`the lab of cell ${cell.id} ended with status ${run.status}`, {
    stderr,
    ...(full === undefined ? remedyIn(stderr, readySeconds(plan.topology)) : { remedy: full }),
  });
}

function wallLimitMs(prepared: PreparedCell): number {
  const { cell, plan } = prepared;
  const waiting = cell.clock === 'wall' ? plan.virtualTimeoutS * 1000 : 0;
  const computing = cell.clock === 'wall' ? 0 : slowMachine * secondsOf(prepared) * 1000;
  return wallBaseMs + cell.repetitions * wallPerRepetitionMs + waiting + computing;
}

/** A network that is not as asked would give a wrong result: it ends the run. */
async function checkNetwork(plan: LabPlan, jobFolder: string): Promise<void> {
  const deviations = await compareReadBack(plan.topology, join(jobFolder, 'network'));
  if (deviations.length === 0) return;
  throw new LabError(`the network is not as asked:\n${deviations.map(String).join('\n')}`, {
    remedy: 'this is a defect of the provisioning: please report it with this text',
  });
}

/** Without that Wireshark has the keys and does not use them. */
export const wiresharkPreferences =
  'esp.enable_encryption_decode: TRUE\nesp.enable_authentication_check: TRUE\n';

/** Beside the capture, as Wireshark and tshark read them from their configuration folder (WIRESHARK_CONFIG_DIR). */
async function keepKeys(folder: string, { associations }: LabPlan): Promise<void> {
  if (associations === undefined) return;
  await writeFile(join(folder, 'esp_sa'), wiresharkKeys(associations));
  await writeFile(join(folder, 'preferences'), wiresharkPreferences);
}

/** What other implementations printed, as `<name>.log`; and what programs have left in `output`. */
async function keepOutput(jobFolder: string, folder: string, { daemons }: LabPlan): Promise<void> {
  const output = join(jobFolder, 'output');
  for (const name of await readdir(output).catch(() => []))
    await copyFile(join(output, name), join(folder, name));
  for (const { name, replacement } of daemons.flat())
    if (replacement !== undefined)
      await copyFile(join(jobFolder, 'events', `${name}.stderr`), join(folder, `${name}.log`));
}

/** What to do about what a lab has `said`, and its programs (`complaints`). A program is ready when its channels and registrations stand: several round trips. */
export function remedyIn(said: string, readyS = usualReadyS): { readonly remedy?: string } {
  if (!said.includes(notReady)) return {};
  const limit = `each program has ${readyS} s of the lab's time to connect and register`;
  const printed = /^[\w-]+\.stderr:$/m.test(said);
  return {
    remedy: printed
      ? `correct what the programs above complain of; else ${limit}: with latencies of seconds give smaller ones`
      : `${limit}: with latencies of seconds give smaller ones; or one has ended without a word: an application that ends its process`,
  };
}

/** What a lab has printed, and its programs. */
export async function complaints(jobFolder: string, console: string): Promise<string> {
  const folder = join(jobFolder, 'events');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.stderr'));
  const texts = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
  );
  const printed = texts.filter(({ text }) => text !== '').map(({ name, text }) => `${name}:\n${text}`);
  return [console, ...printed].join('\n');
}
