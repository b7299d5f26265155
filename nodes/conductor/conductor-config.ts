import * as z from 'zod/mini';
import { suggestion } from '../../server/nearest-name.ts';
import { ms, positiveMs } from '../support/config-numbers.ts';
import { strictObject } from '../support/strict-object.ts';

/** ms on the schedule's clock, which starts when all daemons are ready; `repetition` is copied into the step's events. */
const when = { atMs: ms, repetition: z.optional(z.int()) };

/** One thing that is done at one instant. `target` is a process' name, or a machine's for the last three. */
const conductorStep = z.discriminatedUnion('action', [
  strictObject({ ...when, action: z.literal('start'), target: z.string() }),
  /** SIGKILL */
  strictObject({ ...when, action: z.literal('crash'), target: z.string() }),
  /** SIGTERM; the process may take its time */
  strictObject({ ...when, action: z.literal('leave'), target: z.string() }),
  /** a client: its end is waited for before the schedule ends */
  strictObject({ ...when, action: z.literal('run'), target: z.string() }),
  /** SIGUSR2: a daemon that serves checks what the kernel holds and tells it in its log */
  strictObject({ ...when, action: z.literal('inspect'), target: z.string() }),
  /** only an event, for the analysis */
  strictObject({ ...when, action: z.literal('mark'), target: z.string() }),
  /** drops all packets of a machine, or those from and to these addresses; a cut replaces the one before */
  strictObject({
    ...when,
    action: z.literal('cut'),
    target: z.string(),
    addresses: z.optional(z.array(z.ipv6()).check(z.minLength(1))),
  }),
  strictObject({ ...when, action: z.literal('heal'), target: z.string() }),
  /** any command in the machine's namespace, e.g. a tc line; it is killed after `limitMs` (default 600,000), and the cell has failed */
  strictObject({
    ...when,
    action: z.literal('command'),
    target: z.string(),
    command: z.array(z.string()),
    limitMs: z.optional(positiveMs),
  }),
]);

export type ConductorStep = z.infer<typeof conductorStep>;

const conductedProcess = strictObject({
  /** the namespace it runs in */
  host: z.string(),
  command: z.array(z.string()).check(z.minLength(1)),
  /** of a client: that it fails does not fail the cell */
  mayFail: z.optional(z.boolean()),
  /** of a client: it is ended this long after its start, and has failed then; of a daemon: this long after it is told to leave; default 600,000 */
  limitMs: z.optional(positiveMs),
});

export type ConductedCommand = z.infer<typeof conductedProcess>;

const conductorFields = strictObject({
  processes: z.record(z.string(), conductedProcess),
  /** names of processes, in stages: a stage starts when all of the one before are ready; ended in reverse order */
  daemons: z.array(z.array(z.string())),
  /** FIFO that the daemons write their lines of readiness to; made here */
  readyPath: z.string(),
  readyMs: positiveMs,
  /** the schedule starts at the next but one multiple of this on the monotonic clock */
  periodMs: positiveMs,
  steps: z.array(conductorStep),
  /** after the last step and the last client's end */
  lingerMs: ms,
  /** a daemon that takes longer to end is killed, and the cell has failed */
  stopMs: positiveMs,
  /** folder for what the processes print: `<name>.stderr` */
  outputFolder: z.string(),
});

const ofProcesses: ReadonlySet<string> = new Set(['start', 'crash', 'leave', 'run', 'inspect']);

export const conductorConfig = conductorFields.check((checked) => {
  // What is wrong by itself is told first.
  if (checked.issues.length > 0) return;
  const { processes, daemons, steps } = checked.value;
  const names = Object.keys(processes);
  const look = (path: (string | number)[], name: string): void => {
    if (names.includes(name)) return;
    const message = `'${name}' is none of the processes${suggestion(name, names)}`;
    checked.issues.push({ code: 'custom', input: checked.value, path, message });
  };
  for (const [stage, together] of daemons.entries())
    for (const [index, name] of together.entries()) look(['daemons', stage, index], name);
  for (const [index, { action, target }] of steps.entries())
    if (ofProcesses.has(action)) look(['steps', index, 'target'], target);
});

export type ConductorConfig = z.infer<typeof conductorConfig>;
