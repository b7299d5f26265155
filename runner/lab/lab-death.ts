import type { BootSpec } from './boot-spec.ts';
import type { LabEnd } from './lab-process.ts';

/** A lab that ended without its status, as far as can be seen from outside. */
export interface DeadLab extends Pick<BootSpec, 'wallTimeoutMs' | 'virtualTimeoutS' | 'clock' | 'memoryMb'> {
  readonly end: LabEnd;
  /** what it printed */
  readonly console: string;
  /** the status file: '' or `timeout` */
  readonly status: string;
  /** what to do about a disk that is full, see `fullDisk` */
  readonly full: string | undefined;
}

interface Death {
  readonly summary: string;
  /** `undefined` where whoever aborted knows why */
  readonly remedy?: string;
}

/** Words of the host's kernel, of the C library and of User-Mode Linux. */
const MEMORY_WORDS = /out of memory|cannot allocate memory|unable to allocate|failed to allocate|ENOMEM/i;
/** A page that the file behind the lab's memory has no room for is SIGBUS; the host's last resort is SIGKILL. */
const MEMORY_SIGNALS: readonly (NodeJS.Signals | null)[] = ['SIGKILL', 'SIGBUS'];
/** Of env(1) and its like, which become the kernel: it was not found, or could not be started. */
const NOT_STARTED: readonly (number | null)[] = [126, 127];

/** Says what happened to a lab and what to do next. The job folder goes with it: nothing in it is worth naming. */
export function deathOf(lab: DeadLab): Death {
  const { end, memoryMb } = lab;
  if (end.reason === 'abort') return { summary: 'The lab was aborted.' };
  if (lab.full !== undefined) return { summary: summaryOf(lab), remedy: lab.full };
  if (end.reason === 'wall timeout')
    return {
      summary: summaryOf(lab),
      remedy: 'try again when this machine has less to do, or with --jobs 1',
    };
  if (MEMORY_SIGNALS.includes(end.signal) || MEMORY_WORDS.test(lab.console))
    return {
      summary: summaryOf(lab),
      remedy: `look for a lack of memory (dmesg): a lab takes up to ${memoryMb} MB, --jobs 1 runs one at a time`,
    };
  if (NOT_STARTED.includes(end.code))
    return {
      summary: 'The lab’s kernel could not be started.',
      remedy: 'see the output above; bin/handoff-lab doctor says what this machine lacks',
    };
  return {
    summary: summaryOf(lab),
    remedy: 'see the output above; bin/handoff-lab doctor boots a lab and says what this machine lacks',
  };
}

function summaryOf({ end, wallTimeoutMs, virtualTimeoutS, clock, status }: DeadLab): string {
  if (end.reason === 'wall timeout') return `The lab did not end within ${wallTimeoutMs} ms of wall time.`;
  if (status === 'timeout\n')
    return `The lab did not end within ${virtualTimeoutS} s of its own (${clock}) time.`;
  const how = end.signal === null ? `status ${end.code} of its kernel` : `signal ${end.signal} to its kernel`;
  return `The lab died without an exit status of its own: ${how}.`;
}
