import { LabError } from '../../linux/lab-error.ts';
import { nodeFlags } from '../lab-body.ts';
import type { LabProcess } from './procedure.ts';
import { labPathsOf } from './replacement.ts';

/** One thing that the conductor does at one instant, ms after its schedule's start; see nodes/conductor/conductor-config.ts. */
export type Disturbance = { readonly atMs: number; readonly repetition?: number } & (
  | { readonly action: 'start' | 'crash' | 'leave' | 'run' | 'inspect' | 'mark'; readonly target: string }
  | { readonly action: 'cut'; readonly target: string; readonly addresses?: readonly string[] }
  | { readonly action: 'heal'; readonly target: string }
  | {
      readonly action: 'command';
      readonly target: string;
      readonly command: readonly string[];
      /** it is killed after as many ms, and the cell has failed */
      readonly limitMs?: number;
    }
);

/** Any program: `/run/conductor-ready` takes a line with its name when it serves, where it is a daemon. */
export interface ConductedCommand {
  readonly name: string;
  readonly host: string;
  readonly command: readonly string[];
}

/** A program of ours or any other. */
type ConductedProgram = LabProcess | ConductedCommand;

export type ConductedClient = ConductedProgram & {
  /** that it fails does not fail the cell: the analysis judges it */
  readonly mayFail?: boolean;
  /** it is killed this long after its start, and has failed then */
  readonly limitMs?: number;
};

interface Disturbed {
  /** the namespace of the conductor itself; it sends nothing */
  readonly host: string;
  /** daemons that may be disturbed, in stages as in LabPlan */
  readonly daemons: readonly (readonly ConductedProgram[])[];
  /** daemons that a step starts for the first time */
  readonly later?: readonly ConductedProgram[];
  readonly clients: readonly ConductedClient[];
  readonly steps: readonly Disturbance[];
  /** the schedule starts at a multiple of this on the monotonic clock */
  readonly periodMs: number;
  /** after the last step and the last client's end */
  readonly lingerMs: number;
}

/** Seconds of the lab's clock in which the daemons of a stage must serve. */
const readyMs = 60_000;
const stopMs = 60_000;

/**
 * The driver of a plan in which daemons are disturbed, and what it starts: `{ ...conducted(…), daemons: others }` are parts of a LabPlan.
 * Throws LabError when two programs have one name: the schedule could not tell them apart.
 */
export function conducted(disturbed: Disturbed): {
  readonly driver: LabProcess;
  readonly conducted: readonly LabProcess[];
} {
  const { host, daemons, later = [], clients, steps, periodMs, lingerMs } = disturbed;
  const served = [...daemons.flat(), ...later];
  const own = [...served, ...clients].filter((one): one is LabProcess => 'program' in one);
  const processes = [
    ...served.map((one) => ({ ...one, command: commandOf(one, true) })),
    ...clients.map((one) => ({ ...one, command: commandOf(one, false) })),
  ];
  const twice = processes.find(({ name }, index) => processes.findIndex((one) => one.name === name) < index);
  if (twice !== undefined)
    throw new LabError(`two programs of the schedule are called ${twice.name}`, {
      remedy: 'give each daemon and each client a name of its own',
    });
  const config = {
    processes: Object.fromEntries(processes.map((one) => [one.name, settingsOf(one)])),
    daemons: daemons.map((stage) => stage.map(({ name }) => name)),
    readyPath,
    readyMs,
    periodMs,
    steps,
    lingerMs,
    stopMs,
    outputFolder: '/run/job/events',
  };
  return { driver: { name: 'conductor', host, program: 'conductor', config }, conducted: own };
}

const readyPath = '/run/conductor-ready';

/** A daemon's stable storage is the lab's memory: it outlives the process, not the cell. One that is killed loses no event. */
function commandOf(process: ConductedProgram, isDaemon: boolean): readonly string[] {
  if ('command' in process) return process.command;
  const { name, program } = process;
  const { config, events } = labPathsOf(name);
  const words = ['/run/lab/node', ...nodeFlags.split(' '), `/run/lab/nodes/${program}.cjs`];
  const options = ['--node', name, '--config', config, '--events', events];
  const daemon = isDaemon ? ['--block', '0', '--ready', readyPath, '--state', `/run/${name}.state`] : [];
  return [...words, ...options, ...daemon];
}

function settingsOf({
  host,
  command,
  mayFail,
  limitMs,
}: ConductedCommand & Partial<ConductedClient>): object {
  return {
    host,
    command,
    ...(mayFail === undefined ? {} : { mayFail }),
    ...(limitMs === undefined ? {} : { limitMs }),
  };
}
