import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { claimsTable } from '../analysis/tables.ts';
import type { Clock, Experiment, ProfileName } from '../experiments/experiment.ts';
import { experiments, findExperiment } from '../experiments/index.ts';
import { handoffVariants } from '../server/variants.ts';
import { exitStatusOf } from './exit-status.ts';
import type { CaptureMode } from './lab-body.ts';
import { parseSettings } from './parameters.ts';
import { runExperiment } from './run.ts';
import { UsageError } from './usage-error.ts';

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

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(name));

const program = new Command('handoff-lab')
  .description('Experiments with a server that moves live TCP connections between machines by Mobile IPv6')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command('list')
  .description('experiments, handoff variants and profiles')
  .action(() => {
    for (const { id, title, source, parameters } of experiments) {
      process.stdout.write(
        `experiment ${id}: ${title} (${source})\n  --set ${Object.keys(parameters).join(', ')}\n`,
      );
    }
    for (const { name, description, source } of handoffVariants)
      process.stdout.write(`variant ${name}: ${description} (${source})\n`);
    process.stdout.write('profiles: smoke, quick, paper\n');
  });

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
  .action(run);

await program.parseAsync().catch(fail);

async function run(ids: readonly string[], flags: RunFlags): Promise<void> {
  const chosen = ids.includes('all') ? experiments : ids.map(experimentCalled);
  // Everything that can be refused is refused before the first lab starts.
  const runs = chosen.map((experiment) => ({ experiment, settings: parseSettings(experiment, flags.set) }));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  let status = 0;
  for (const { experiment, settings } of runs) {
    const { variant: variants, repetitions, ...rest } = flags;
    const selection = { ...rest, settings, variants, ...(repetitions === undefined ? {} : { repetitions }) };
    const results = await runExperiment(experiment, { ...selection, signal: interrupted.signal, log });
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

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function wholeNumber(flag: string, least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && Number.isSafeInteger(value)) return value;
    throw new InvalidArgumentError(`${flag} takes a whole number from ${least}`);
  };
}

function fail(error: unknown): never {
  if (
    error instanceof UsageError ||
    (error instanceof Error && 'exitStatus' in error && error.exitStatus === 2)
  ) {
    process.stderr.write(`handoff-lab: ${error.message}\n`);
    process.exit(2);
  }
  process.stderr.write(`handoff-lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(3);
}
