import access from '../experiments/access.ts';
import { jobFilesOf, planOf } from '../runner/cells/cell-files.ts';
import { cellsOf } from '../runner/cells.ts';
import { labBody } from '../runner/lab-body.ts';
import type { Benchmark } from './benchmark.ts';
import { processorTime } from './cost.ts';
import type { Laboratory } from './laboratory.ts';
import { type Mark, markCommand, readMarks, secondsBetween, withMarks } from './marks.ts';

/** The steps of a cell's script, by the lines that begin them. */
export const startMarks: readonly Mark[] = [
  { name: 'network', before: /^# --- network/ },
  { name: 'capture', before: /^# --- processes$/ },
  { name: 'daemons', before: /^start / },
  { name: 'driver', before: /^# --- driver$/ },
  { name: 'answered', before: /^stop_nodes$/ },
];

interface Start {
  readonly boot: number;
  readonly network: number;
  readonly capture: number;
  readonly daemons: number;
  readonly client: number;
  readonly all: number;
  /** of the lab to its end */
  readonly processor: number;
}

/** From nothing to a client's first answer from the server, as every cell starts. */
const start: Benchmark = {
  name: 'start',
  question: 'how long until the first UDP echo comes back from a server on the 6-node testbed?',
  run: async (laboratory, { rounds, progress }) => {
    const starts: Start[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}: a lab until its first echo`);
      starts.push(await startOnce(laboratory));
    }
    const figure = (name: string, of: (one: Start) => number) => ({
      name,
      unit: 's',
      values: starts.map(of),
    });
    return {
      figures: [
        { ...figure('all', ({ all }) => all), aim: { at: 'most', value: 2 } },
        figure('boot', ({ boot }) => boot),
        figure('network, built and read back', ({ network }) => network),
        figure('capture', ({ capture }) => capture),
        figure('two home agents, two members, correspondent node', ({ daemons }) => daemons),
        figure('client, until it has ended with its answer', ({ client }) => client),
        figure('processor time, to the lab’s end', ({ processor }) => processor),
      ],
      notes: [
        'Home registration is part of the members’ start; before the answer come return routability and binding with the client.',
      ],
    };
  },
};

export default start;

async function startOnce(laboratory: Laboratory): Promise<Start> {
  const plan = echoPlan();
  const files = jobFilesOf(plan, 'headers');
  const body = withMarks(labBody(plan, 'headers'), startMarks);
  const started = Date.now();
  const { result, cost } = await laboratory.runScript(
    { body: `${markCommand('booted')}\n${body}`, clock: 'virtual', files },
    readMarks,
  );
  const times = { ...result, started };
  return {
    boot: secondsBetween(times, 'started', 'booted'),
    network: secondsBetween(times, 'booted', 'capture'),
    capture: secondsBetween(times, 'capture', 'daemons'),
    daemons: secondsBetween(times, 'daemons', 'driver'),
    client: secondsBetween(times, 'driver', 'answered'),
    all: secondsBetween(times, 'started', 'answered'),
    processor: processorTime(cost),
  };
}

/** One client, which ends after the exchange that comes before all repetitions. */
function echoPlan() {
  const [cell] = cellsOf(access, {
    profile: 'smoke',
    settings: { cs1Ms: [40], ssMs: [20], contactNode: [1], routeOptimization: [0] },
    variants: [],
    repetitions: 1,
    clock: 'virtual',
    seed: 1,
  });
  const plan = planOf(cell!);
  const config = { ...(plan.driver.config as object), phasesMs: [] };
  return { ...plan, driver: { ...plan.driver, config } };
}
