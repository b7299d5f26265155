import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jobFilesOf } from '../runner/cells/cell-files.ts';
import { type CaptureMode, labBody } from '../runner/lab-body.ts';
import type { LabPlan } from '../runner/procedures/procedure.ts';
import { provisionScript } from '../topologies/provision.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { type Cost, difference, scaled } from './cost.ts';
import { handoffCell } from './handoff-cell.ts';
import type { Laboratory } from './laboratory.ts';
import { commonNames, countSwitches, parseSwitches, type Switches, total } from './switches.ts';

const sessions = 25;

/** What the steps of a lab cost, each lab doing one step more than the one before. */
interface Profile {
  readonly steps: Readonly<Record<string, Cost>>;
  /** context switches per session, by process */
  readonly switches: Switches;
}

/** Where the time of a cell with handoffs goes. */
const profile: Benchmark = {
  name: 'profile',
  question: 'which step of a cell with handoffs takes how much time, and which process is woken how often?',
  run: async (laboratory, { rounds, progress }) => {
    const found: Profile[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}: six labs, each with a step more`);
      found.push(await profileOnce(laboratory));
    }
    const names = commonNames(found.map(({ switches }) => switches));
    return {
      figures: [
        ...Object.keys(found[0]!.steps).flatMap((step) => stepFigures(step, found)),
        ...names.map((name) => ({
          name: `switches to ${name} per session`,
          unit: '',
          values: found.map(({ switches }) => switches.get(name)!),
        })),
        {
          name: 'switches between all processes and threads per session',
          unit: '',
          values: found.map(({ switches }) => switches.get(total)!),
        },
      ],
      notes: [
        'Processor time of the lab kernel and of its programs together. User: their own code; system: the work of this machine’s kernel for them, above all stopping programs at their system calls and page faults and going over to the lab kernel and back.',
      ],
    };
  },
};

export default profile;

function stepFigures(step: string, found: readonly Profile[]): readonly Figure[] {
  return (['wall', 'user', 'system'] as const).map((part) => ({
    name: `${step}, ${part}`,
    unit: 'ms',
    values: found.map(({ steps }) => steps[step]![part] * 1000),
  }));
}

async function profileOnce(laboratory: Laboratory): Promise<Profile> {
  const [none, some] = [planOf(0), planOf(sessions)];
  const run = (body: string, plan: LabPlan) => laboratory.runScript(scriptOf(body, plan), readSwitches);
  const cell = (plan: LabPlan, capture: CaptureMode) => run(countSwitches(labBody(plan, capture)), plan);
  const boot = await run('true', none);
  const network = await run(provisionScript(none.topology), none);
  const processes = await cell(none, 'none');
  const captured = await cell(none, 'headers');
  const plain = await cell(some, 'none');
  const whole = await cell(some, 'headers');
  const session = scaled(difference(plain.cost, processes.cost), 1 / sessions);
  const withCapture = scaled(difference(whole.cost, captured.cost), 1 / sessions);
  return {
    steps: {
      'boot and power-off': boot.cost,
      network: difference(network.cost, boot.cost),
      'processes, start and end': difference(processes.cost, network.cost),
      'capture, start and end': difference(captured.cost, processes.cost),
      'a session without capture': session,
      'capture of a session': difference(withCapture, session),
    },
    switches: perSession(captured.result, whole.result),
  };
}

function planOf(repetitions: number): LabPlan {
  const { plan } = handoffCell(Math.max(1, repetitions));
  if (repetitions > 0) return plan;
  const config = { ...(plan.driver.config as object), phasesMs: [] };
  return { ...plan, driver: { ...plan.driver, config } };
}

function scriptOf(body: string, plan: LabPlan) {
  const files = jobFilesOf(plan, 'headers');
  return { body, clock: 'virtual', files, virtualTimeoutS: plan.virtualTimeoutS } as const;
}

/** None where the script did not count. */
async function readSwitches(folder: string): Promise<Switches> {
  return parseSwitches(await readFile(join(folder, 'switches'), 'utf8').catch(() => ''));
}

function perSession(without: Switches, withSessions: Switches): Switches {
  const counts = [...withSessions].map(([name, count]): [string, number] => [
    name,
    (count - (without.get(name) ?? 0)) / sessions,
  ]);
  return new Map(counts);
}
