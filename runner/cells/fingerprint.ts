import { createHash } from 'node:crypto';
import type { Cell } from '../cells.ts';
import { labCommand } from '../lab/lab-command.ts';
import type { StageContents } from '../lab/stage.ts';
import type { CaptureMode } from '../lab-body.ts';
import { processorFeatures } from '../machine.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { jobFilesOf, recordOf } from './cell-files.ts';
import { memoryOf } from './lab-memory.ts';

/** What all cells of a run share and what decides, beside the cell itself, which octets come out. */
export interface Conditions {
  readonly capture: CaptureMode;
  /** names the lab kernel's source, recipe and configuration */
  readonly kernelKey: string;
  /** names the lab's programs by package and version */
  readonly userlandKey: string;
  /** names Node, koffi and every program of the lab */
  readonly stage: StageContents;
  /** names the analysis' sources */
  readonly analysisKey: string;
}

/** To be raised when the layout of a cell's folder changes. */
const layout = 1;

/**
 * Names everything that determines a cell's files: 32 hexadecimal digits. Two cells with the same fingerprint have, in
 * virtual time, the same octets; a cell on disk with another one has to be run again.
 */
export function fingerprintOf(cell: Cell, plan: LabPlan, conditions: Conditions): string {
  const { capture, kernelKey, userlandKey, stage, analysisKey } = conditions;
  const decisive = {
    layout,
    record: recordOf(cell, plan),
    seed: cell.seed,
    files: jobFilesOf(plan, capture),
    ...replacementFiles(plan),
    command: labCommand({ clock: cell.clock, memoryMb: memoryOf(plan) }),
    virtualTimeoutS: plan.virtualTimeoutS,
    capture,
    kernelKey,
    userlandKey,
    stage: usedOf(stage, [plan]),
    node: process.version,
    openssl: process.versions.openssl,
    // Where computing takes its time, it takes this processor's.
    ...(cell.clock === 'virtual' ? {} : { processor: processorFeatures() }),
    // Without its capture a cell is its samples, and those the analysis makes.
    ...(capture === 'none' ? { analysisKey, measures: cell.experiment.measures } : {}),
  };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 32);
}

/** What these plans start of a stage: a change of any other program leaves their cells as they are. */
export function usedOf({ runtime, programs }: StageContents, plans: readonly LabPlan[]): StageContents {
  const started = plans
    .flatMap(({ daemons, driver, conducted = [] }) => [...daemons.flat(), driver, ...conducted])
    .filter(({ replacement }) => replacement === undefined);
  const names = [...new Set(started.map(({ program }) => program))].sort();
  return { runtime, programs: Object.fromEntries(names.map((name) => [name, programs[name] ?? 'none'])) };
}

/** What another implementation's command names, by content: the command itself is part of the job's files. */
function replacementFiles(plan: LabPlan): { readonly replacements?: readonly unknown[] } {
  const replacements = plan.daemons
    .flat()
    .flatMap(({ replacement }) => (replacement ? [replacement.files] : []));
  return replacements.length === 0 ? {} : { replacements };
}
