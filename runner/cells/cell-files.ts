import type { CellRecord } from '../../analysis/cell.ts';
import { LabError } from '../../linux/lab-error.ts';
import { instantsOf } from '../../topologies/changes.ts';
import { neighboursByIndex } from '../../topologies/interfaces.ts';
import { mininetHolder } from '../../topologies/mininet-network.ts';
import { checked } from '../../topologies/validate.ts';
import type { Cell } from '../cells.ts';
import { initScript } from '../lab/init-script.ts';
import { type CaptureMode, holderFile, labBody } from '../lab-body.ts';
import { changesFifo } from '../network-changes.ts';
import { procedures } from '../procedures/index.ts';
import { readySeconds, usualReadyS } from '../procedures/patience.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { UsageError } from '../usage-error.ts';

/** The cell's plan, its topology checked. Throws UsageError or LabError before anything runs. */
export function planOf(cell: Cell): LabPlan {
  const procedure = procedures[cell.experiment.procedure];
  if (procedure === undefined) {
    throw new LabError(
      `experiment ${cell.experiment.id} names an unknown procedure '${cell.experiment.procedure}'`,
      { remedy: `use one of: ${Object.keys(procedures).join(', ')}` },
    );
  }
  const plan = withStarts(procedure(cell));
  checked(plan.topology);
  return { ...plan, virtualTimeoutS: plan.virtualTimeoutS + startSeconds(plan) };
}

/** Where a network changes, the driver tells when a repetition starts. Throws UsageError for a driver that has none. */
function withStarts(plan: LabPlan): LabPlan {
  const { topology, driver } = plan;
  if (instantsOf(topology).length === 0) return plan;
  if (typeof driver.config === 'object' && driver.config !== null && 'phasesMs' in driver.config)
    return { ...plan, driver: { ...driver, config: { ...driver.config, starts: changesFifo } } };
  const remedy = 'leave `at` out, or take a procedure whose client repeats what it does';
  throw new UsageError(
    `topology ${topology.name}: at`,
    driver.program,
    'is a driver without repetitions',
    remedy,
  );
}

/** What the programs of a network with latencies of seconds may take for their start, beside what every plan has room for. */
function startSeconds({ topology, daemons }: LabPlan): number {
  return (daemons.length + 2) * (readySeconds(topology) - usualReadyS);
}

/** Every file that a cell's lab finds in its job folder: name → text. */
export function jobFilesOf(plan: LabPlan, capture: CaptureMode): Readonly<Record<string, string>> {
  // What is not kept on disk is captured all the same: every measure is read from it.
  const captured = capture === 'none' ? 'headers' : capture;
  const files: Record<string, string> = { 'init.sh': initScript({ body: labBody(plan, captured) }) };
  for (const process of [...plan.daemons.flat(), plan.driver, ...(plan.conducted ?? [])]) {
    files[`config/${process.name}.json`] = `${JSON.stringify(process.config)}\n`;
  }
  if (plan.builder === 'mininet') files[holderFile] = mininetHolder(plan.topology);
  return { ...files, ...plan.files, ...hostsFile(plan) };
}

function hostsFile({ hostNames }: LabPlan): Readonly<Record<string, string>> {
  if (hostNames === undefined) return {};
  const lines = Object.entries(hostNames).map(([name, address]) => `${address} ${name}\n`);
  return { hosts: `127.0.0.1 localhost\n::1 localhost\n${lines.join('')}` };
}

/** What `cell.json` tells the analysis. */
export function recordOf(cell: Cell, plan: LabPlan): CellRecord {
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
    ...plan.seenFrom,
    ...(plan.mayHandOff === true ? { mayHandOff: true } : {}),
  };
}
