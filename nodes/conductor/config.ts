import * as z from 'zod/mini';

/** ms on the schedule's clock, which starts when all daemons are ready; `repetition` is copied into the step's events. */
const when = { atMs: z.number().check(z.gte(0)), repetition: z.optional(z.int()) };

/** One thing that is done at one instant. `target` is a process' name, or a machine's for the last three. */
export const conductorStep = z.discriminatedUnion('action', [
  z.object({ ...when, action: z.literal('start'), target: z.string() }),
  /** SIGKILL */
  z.object({ ...when, action: z.literal('crash'), target: z.string() }),
  /** SIGTERM; the process may take its time */
  z.object({ ...when, action: z.literal('leave'), target: z.string() }),
  /** a client: its end is waited for before the schedule ends */
  z.object({ ...when, action: z.literal('run'), target: z.string() }),
  /** SIGUSR2: a daemon that serves checks what the kernel holds and tells it in its log */
  z.object({ ...when, action: z.literal('inspect'), target: z.string() }),
  /** only an event, for the analysis */
  z.object({ ...when, action: z.literal('mark'), target: z.string() }),
  /** drops all packets of a machine, or those from and to these addresses; a cut replaces the one before */
  z.object({
    ...when,
    action: z.literal('cut'),
    target: z.string(),
    addresses: z.optional(z.array(z.ipv6()).check(z.minLength(1))),
  }),
  z.object({ ...when, action: z.literal('heal'), target: z.string() }),
  /** any command in the machine's namespace, e.g. a tc line; it is killed after `limitMs` (default 600,000), and the cell has failed */
  z.object({
    ...when,
    action: z.literal('command'),
    target: z.string(),
    command: z.array(z.string()),
    limitMs: z.optional(z.number()),
  }),
]);

export type ConductorStep = z.infer<typeof conductorStep>;

const conductedProcess = z.object({
  /** the namespace it runs in */
  host: z.string(),
  command: z.array(z.string()).check(z.minLength(1)),
  /** of a client: that it fails does not fail the cell */
  mayFail: z.optional(z.boolean()),
  /** of a client: it is ended this long after its start, and has failed then; of a daemon: this long after it is told to leave; default 600,000 */
  limitMs: z.optional(z.number()),
});

export type ConductedCommand = z.infer<typeof conductedProcess>;

export const conductorConfig = z.object({
  processes: z.record(z.string(), conductedProcess),
  /** names of processes, in stages: a stage starts when all of the one before are ready; ended in reverse order */
  daemons: z.array(z.array(z.string())),
  /** FIFO that the daemons write their lines of readiness to; made here */
  readyPath: z.string(),
  readyMs: z.number(),
  /** the schedule starts at the next but one multiple of this on the monotonic clock */
  periodMs: z.number(),
  steps: z.array(conductorStep),
  /** after the last step and the last client's end */
  lingerMs: z.number(),
  /** a daemon that takes longer to end is killed, and the cell has failed */
  stopMs: z.number(),
  /** folder for what the processes print: `<name>.stderr` */
  outputFolder: z.string(),
});

export type ConductorConfig = z.infer<typeof conductorConfig>;
