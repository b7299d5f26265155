import type { LabRun } from './boot.ts';
import type { BootSpec } from './boot-spec.ts';

/** A cell's work for a lab of any kind. */
export type LabJob = Omit<BootSpec, 'kernel' | 'attach'>;

/** Runs the `init.sh` of a job folder as root of a lab, and leaves nothing behind: see `bootLab`. */
export type Lab = (job: LabJob) => Promise<LabRun>;
