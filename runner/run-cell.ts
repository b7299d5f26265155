import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CellRecord } from '../analysis/cell.ts';
import { neighboursByIndex } from '../topologies/interfaces.ts';
import { checked } from '../topologies/validate.ts';
import { compareReadBack } from '../topologies/verify.ts';
import type { Cell } from './cells.ts';
import { mergeEvents } from './events.ts';
import { JobFolder } from './job-folder.ts';
import { bootLab } from './lab/boot.ts';
import { initScript } from './lab/init-script.ts';
import { type CaptureMode, labBody } from './lab-body.ts';
import { LabError } from './lab-error.ts';
import { procedures } from './procedures/index.ts';
import type { LabPlan } from './procedures/procedure.ts';

/** What all cells of a run share. */
export interface LabEnvironment {
  /** path of the lab kernel */
  readonly kernel: string;
  /** the stage folder: Node, koffi and bundles */
  readonly stageFolder: string;
  readonly capture: CaptureMode;
  readonly signal: AbortSignal;
}

const memoryMb = 512;
/** Wall time a repetition may take at most, on a slow and busy machine, and what every lab may take besides. */
const wallPerRepetitionMs = 20_000;
const wallBaseMs = 120_000;

/** The cell's plan, its topology checked: throws before anything runs. */
export function planOf(cell: Cell): LabPlan {
  const procedure = procedures[cell.experiment.procedure];
  if (procedure === undefined) {
    throw new LabError(
      `experiment ${cell.experiment.id} names an unknown procedure '${cell.experiment.procedure}'`,
      {
        remedy: `use one of: ${Object.keys(procedures).join(', ')}`,
      },
    );
  }
  const plan = procedure(cell);
  checked(plan.topology);
  return plan;
}

/** Runs one cell in a lab of its own and leaves its folder at `target`, whole or not at all. Throws LabError. */
export async function runCell(
  cell: Cell,
  target: string,
  environment: LabEnvironment,
  cpu: number,
): Promise<void> {
  const plan = planOf(cell);
  await using job = await JobFolder.create();
  await writeJob(job, plan, environment.capture);
  const wallTimeoutMs = wallBaseMs + cell.repetitions * wallPerRepetitionMs + wallClockMs(cell, plan);
  const run = await bootLab({
    kernel: environment.kernel,
    jobFolder: job.path,
    stageFolder: environment.stageFolder,
    seed: cell.seed,
    clock: cell.clock,
    memoryMb,
    cpu,
    wallTimeoutMs,
    virtualTimeoutS: plan.virtualTimeoutS,
    signal: environment.signal,
  });
  await checkNetwork(plan, job.path);
  // Status 1 is the driver's word that a repetition failed: the analysis finds out which one and why.
  if (run.status > 1)
    throw new LabError(`the lab of cell ${cell.id} ended with status ${run.status}`, {
      stderr: await complaints(job.path, run.console),
    });
  await keep(job.path, target, recordOf(cell, plan));
}

function wallClockMs(cell: Cell, plan: LabPlan): number {
  return cell.clock === 'wall' ? plan.virtualTimeoutS * 1000 : 0;
}

async function writeJob(job: JobFolder, plan: LabPlan, capture: CaptureMode): Promise<void> {
  await job.write('init.sh', initScript({ body: labBody(plan, capture) }));
  for (const process of [...plan.daemons.flat(), plan.driver]) {
    await job.write(`config/${process.name}.json`, `${JSON.stringify(process.config)}\n`);
  }
}

/** A network that is not as asked would give a wrong result: it ends the run. */
async function checkNetwork(plan: LabPlan, jobFolder: string): Promise<void> {
  const deviations = await compareReadBack(plan.topology, join(jobFolder, 'network'));
  if (deviations.length === 0) return;
  throw new LabError(`the network is not as asked:\n${deviations.map(String).join('\n')}`, {
    remedy: 'this is a defect of the provisioning: please report it with this text',
  });
}

function recordOf(cell: Cell, plan: LabPlan): CellRecord {
  return {
    experiment: cell.experiment.id,
    cell: cell.id,
    parameters: cell.parameters,
    variant: cell.variant,
    clock: cell.clock,
    seed: cell.runSeed,
    repetitions: cell.repetitions,
    addresses: plan.addresses,
    servicePort: plan.servicePort,
    channelPort: plan.channelPort,
    interfaces: neighboursByIndex(plan.topology, 'router'),
  };
}

async function keep(jobFolder: string, target: string, record: CellRecord): Promise<void> {
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await copyFile(join(jobFolder, 'router.pcap'), join(partial, 'router.pcap'));
  await writeFile(join(partial, 'events.jsonl'), await mergeEvents(join(jobFolder, 'events')));
  await writeFile(join(partial, 'cell.json'), `${JSON.stringify(record, undefined, 2)}\n`);
  await rm(target, { recursive: true, force: true });
  await rename(partial, target);
}

async function complaints(jobFolder: string, console: string): Promise<string> {
  const { readdir } = await import('node:fs/promises');
  const folder = join(jobFolder, 'events');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.stderr'));
  const texts = await Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })),
  );
  return [
    console,
    ...texts.filter(({ text }) => text !== '').map(({ name, text }) => `${name}:\n${text}`),
  ].join('\n');
}
