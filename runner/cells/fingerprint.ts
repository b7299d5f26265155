import { createHash } from 'node:crypto';
import type { Cell } from '../cells.ts';
import { labCommand } from '../lab/lab-command.ts';
import type { CaptureMode } from '../lab-body.ts';
import type { LabPlan } from '../procedures/procedure.ts';
import { jobFilesOf, recordOf } from './cell-files.ts';

/** Memory of each lab in MB; the kernel's command line names it, so it is part of every fingerprint. */
export const labMemoryMb = 512;

/** What all cells of a run share and what decides, beside the cell itself, which octets come out. */
export interface Conditions {
  readonly capture: CaptureMode;
  /** names the lab kernel's source, recipe and compiler */
  readonly kernelKey: string;
  /** names the programs, Node and koffi of the lab */
  readonly stageHash: string;
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
  const { capture, kernelKey, stageHash, analysisKey } = conditions;
  const decisive = {
    layout,
    record: recordOf(cell, plan),
    seed: cell.seed,
    files: jobFilesOf(plan, capture),
    command: labCommand({ clock: cell.clock, memoryMb: labMemoryMb }),
    virtualTimeoutS: plan.virtualTimeoutS,
    capture,
    kernelKey,
    stageHash,
    node: process.version,
    // Without its capture a cell is its samples, and those the analysis makes.
    ...(capture === 'none' ? { analysisKey, measures: cell.experiment.measures } : {}),
  };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex').slice(0, 32);
}
