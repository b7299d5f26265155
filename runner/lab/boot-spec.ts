import type { Clock } from '../../experiments/experiment.ts';
import type { LabLine } from './lab-process.ts';

export interface BootSpec {
  /** path of the lab kernel, see `ensureKernel()` */
  readonly kernel: string;
  /** holds `init.sh`, appears at /run/job in the lab, is the one place of the host that the lab can write to */
  readonly jobFolder: string;
  /** appears read-only at /run/lab, see `ensureStage()` */
  readonly stageFolder?: string;
  /** the lab's root, see `ensureUserland()`; this machine's own is then at /host. Default: this machine's own is the root */
  readonly userlandFolder?: string;
  /** all randomness of the lab descends from it; an integer from 0 */
  readonly seed: number;
  readonly clock: Clock;
  readonly memoryMb: number;
  /** the core to run on; pinned labs run twice as fast */
  readonly cpu?: number;
  /** the host's time after which the lab is ended from outside */
  readonly wallTimeoutMs: number;
  /** the lab's own time after which it ends itself, listing what every process waits for */
  readonly virtualTimeoutS: number;
  /** ends the lab */
  readonly signal?: AbortSignal;
  /** for a lab to talk to: gets, at the start, the line that appears as /dev/tty1 in the lab */
  readonly attach?: (line: LabLine) => void;
}
