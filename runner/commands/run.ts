import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { claimsTable } from '../../analysis/tables.ts';
import type { Clock, Experiment, ProfileName } from '../../experiments/experiment.ts';
import { experiments, findExperiment } from '../../experiments/index.ts';
import { exitStatusOf } from '../exit-status.ts';
import type { CaptureMode } from '../lab-body.ts';
import { parseSettings } from '../parameters.ts';
import { runExperiment } from '../run.ts';
import { UsageError } from '../usage-error.ts';
import { collect, wholeNumber } from './arguments.ts';

interface RunFlags {
  readonly profile: ProfileName;
  readonly seed: number;
  readonly set: readonly string[];
  readonly variant: readonly string[];
  readonly repetitions?: number;
  readonly clock: Clock;
  readonly jobs: number;
  readonly out: string;
  readonly capture: CaptureMode;
}

/** `run EXPERIMENT…|all`; `signal` ends it early. */
export function addRunCommand(program: Command, signal: AbortSignal): void {
  program
    .command('run')
    .description('run experiments, analyse their captures, check their claims')
    .argument('<experiments...>', "experiment ids, or 'all'")
    .addOption(
      new Option('--profile <name>', 'how much of the grid')
        .choices(['smoke', 'quick', 'paper'])
        .default('smoke'),
    )
    .option('--seed <n>', 'seed of all randomness', wholeNumber('--seed', 0), 1)
    .option('--set <name=value>', 'a parameter: value, a,b,c or a..b:step', collect, [])
    .option('--variant <name...>', 'handoff variants instead of all of the experiment', collect, [])
    .option('--repetitions <n>', 'instead of the profile’s', wholeNumber('--repetitions', 1))
    .addOption(
      new Option('--clock <clock>', 'virtual or wall time').choices(['virtual', 'wall']).default('virtual'),
    )
    .option('--jobs <n>', 'labs at the same time', wholeNumber('--jobs', 1), availableParallelism())
    .option('--out <dir>', 'results folder', 'out/run')
    .addOption(
      new Option('--capture <what>', 'what captures keep').choices(['headers', 'full']).default('headers'),
    )
    .action((ids: readonly string[], flags: RunFlags) => run(ids, flags, signal));
}

async function run(ids: readonly string[], flags: RunFlags, signal: AbortSignal): Promise<void> {
  const chosen = ids.includes('all') ? experiments : ids.map(experimentCalled);
  // Everything that can be refused is refused before the first lab starts.
  const runs = chosen.map((experiment) => ({ experiment, settings: parseSettings(experiment, flags.set) }));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  let status = 0;
  for (const { experiment, settings } of runs) {
    const { variant: variants, repetitions, ...rest } = flags;
    const selection = { ...rest, settings, variants, ...(repetitions === undefined ? {} : { repetitions }) };
    const results = await runExperiment(experiment, { ...selection, signal, log });
    process.stdout.write(
      `\n${experiment.title} (${experiment.source})\n${claimsTable(results.claims, { colour: process.stdout.isTTY })}\n`,
    );
    for (const failure of failuresOf(results.samples)) process.stdout.write(`failed: ${failure}\n`);
    status = Math.max(status, exitStatusOf(results));
  }
  process.stdout.write(`results: ${flags.out}\n`);
  process.exitCode = status;
}

function failuresOf(
  samples: readonly {
    readonly outcome: string;
    readonly cell: string;
    readonly repetition: number;
    readonly reason: string;
  }[],
): Set<string> {
  const failed = samples.filter((sample) => sample.outcome === 'failed');
  return new Set(
    failed.map(({ cell, repetition, reason }) => `${cell}, repetition ${repetition}: ${reason}`),
  );
}

function experimentCalled(id: string): Experiment {
  const experiment = findExperiment(id);
  if (experiment !== undefined) return experiment;
  throw new UsageError(
    'experiment',
    id,
    'is unknown',
    `use one of: ${experiments.map((known) => known.id).join(', ')}, all`,
  );
}
