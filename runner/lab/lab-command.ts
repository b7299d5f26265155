import type { Clock } from '../../experiments/experiment.ts';

/** What a lab is run with. */
interface LabCommandSpec {
  readonly clock: Clock;
  readonly memoryMb: number;
  /** the core that the lab is pinned to: twice as fast as a lab that wanders */
  readonly cpu?: number;
  /** the user to become, for a start as root */
  readonly user?: number;
  /** false: where address randomisation cannot be switched off; default true */
  readonly fixedLayout?: boolean;
  /** the descriptor that becomes /dev/tty1 */
  readonly lineFd?: number;
}

/** The descriptor by which the lab inherits its kernel; folders follow. Its user may not be able to walk their paths. */
export const KERNEL_FD = 3;

/** Lab time that is not the host's starts on 2001-09-09 01:46:40 UTC, whatever the day. */
const START_NS = '1000000000000000000';

/**
 * The command that becomes the lab's kernel, the program first.
 *
 * The kernel mixes its command line into its random state: nothing may stand there that differs between two runs of
 * the same experiment, no path, no core, no time limit.
 */
export function labCommand(spec: LabCommandSpec): [string, ...string[]] {
  return [
    ...(spec.user === undefined ? [] : becoming(spec.user)),
    // After the change of user, which clears it.
    ...['setpriv', '--pdeathsig', 'TERM'],
    // A kernel with its stack at a random address may find a different amount of memory.
    ...(spec.fixedLayout === false ? [] : ['setarch', '--addr-no-randomize']),
    ...(spec.cpu === undefined ? [] : ['taskset', '--cpu-list', String(spec.cpu)]),
    `/proc/self/fd/${KERNEL_FD}`,
    `mem=${spec.memoryMb}M`,
    ...['rdinit=/lab-init', 'con=null', 'con0=fd:0,fd:1', 'quiet', 'random.trust_cpu=on'],
    ...(spec.lineFd === undefined ? [] : [`con1=fd:${spec.lineFd}`]),
    ...timeOf(spec.clock),
  ] as [string, ...string[]];
}

/** User-Mode Linux' time travel: with `inf-cpu` only waiting moves the clock, without it computing does too. */
function timeOf(clock: Clock): readonly string[] {
  if (clock === 'wall') return [];
  return [clock === 'virtual' ? 'time-travel=inf-cpu' : 'time-travel', `time-travel-start=${START_NS}`];
}

function becoming(user: number): string[] {
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs'];
}
