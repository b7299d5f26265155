import { LabError } from '../../linux/lab-error.ts';

/** User-Mode Linux 6.1 is written for these processors only, in Node's names. */
const ARCHITECTURES: readonly string[] = ['x64'];

const HOST_LAB_REMEDY =
  'use a machine with x86-64, or the running kernel if it has the parts (see `handoff-lab doctor`): sudo bin/handoff-lab run … --lab host --clock wall';

/** Throws LabError on a machine that no lab kernel can run on. */
export function checkArchitecture(architecture: string = process.arch): void {
  if (ARCHITECTURES.includes(architecture)) return;
  throw new LabError(`The lab kernel (User-Mode Linux 6.1) is for x86-64 only; this is ${architecture}.`, {
    remedy: HOST_LAB_REMEDY,
  });
}
