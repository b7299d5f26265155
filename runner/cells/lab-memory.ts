import type { LabPlan } from '../procedures/procedure.ts';

/** Memory of a lab in MB, but for one of many programs. */
export const labMemoryMb = 512;

/** Node programs for which that is enough, beside a capture: 22 of them spent most of their time in reclaiming pages. */
const programsHeld = 20;

/**
 * Memory of a plan's lab in MB: doubled until its programs have room. The kernel's command line names it, so it is part of the fingerprint,
 * and the kernel's limits of socket buffers follow it: the paper's experiments all have the same.
 */
export function memoryOf({ daemons, conducted = [] }: Pick<LabPlan, 'daemons' | 'conducted'>): number {
  const programs = daemons.flat().length + conducted.length + 1;
  const doublings = Math.max(0, Math.ceil(Math.log2(programs / programsHeld)));
  return labMemoryMb * 2 ** doublings;
}
