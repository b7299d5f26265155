import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { type Clock, clocks, type ProfileName } from '../../experiments/experiment.ts';
import { maximumRepetitions } from '../../experiments/grid.ts';
import { parseShard } from '../cells/shard.ts';
import { type LabKind, labKinds, onRunningKernel } from '../host-lab/open-lab.ts';
import { refuseHostLab } from '../host-lab/refuse.ts';
import type { CaptureMode } from '../lab-body.ts';
import { variantCalled } from '../own-files/own-variant.ts';
import { settingsOf } from '../parameters.ts';
import { planExperiment } from '../planned-experiment.ts';
import { parseOtherImplementations } from '../procedures/other-implementations.ts';
import { reporterFor } from '../progress/reporters.ts';
import { executeRun } from '../run.ts';
import { collect, wholeNumber } from './arguments.ts';
import { chooseExperiments, notSet, variantsFor } from './choose-experiments.ts';
import { clockList, jobsOn, onClocks, withoutClaims } from './clock-option.ts';
import { finish } from './finish.ts';

interface RunFlags {
  readonly profile: ProfileName;
  readonly seed: number;
  readonly set: readonly string[];
  readonly variant: readonly string[];
  readonly repetitions?: number;
  readonly clock: readonly Clock[];
  readonly lab: LabKind;
  readonly jobs?: number;
  readonly shard?: string;
  readonly out: string;
  readonly capture: CaptureMode;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly without: readonly string[];
  readonly replace: readonly string[];
}

/** `run EXPERIMENT…|all`; `signal` ends it early. */
export function addRunCommand(program: Command, signal: AbortSignal): void {
  program
    .command('run')
    .description('run experiments, analyse their captures, check their claims; a second call goes on')
    .argument('<experiments...>', "experiment ids, files of your own, or 'all'")
    .addOption(
      new Option('--profile <name>', 'how much of the grid')
        .choices(['smoke', 'quick', 'paper'])
        .default('quick'),
    )
    .option('--seed <n>', 'seed of all randomness', wholeNumber('--seed', 0), 1)
    .option('--set <name=value>', 'a parameter: value, a,b,c or a..b:step', collect, [])
    .option(
      '--variant <name...>',
      'handoff variants, or files of your own, instead of all of the experiment',
      collect,
      [],
    )
    .option(
      '--repetitions <n>',
      'instead of the profile’s',
      wholeNumber('--repetitions', 1, maximumRepetitions),
    )
    .addOption(
      new Option(
        '--clock <clock>',
        'virtual: processors are infinitely fast; elastic: only waiting is free; wall; given again: also those experiments with claims about this one',
      )
        .choices(clocks)
        .argParser(clockList)
        .default([], 'virtual'),
    )
    .addOption(
      new Option(
        '--lab <lab>',
        'a kernel of its own, or (root, wall time) the running one; mininet, mininet-host: the same, the network built by Mininet',
      )
        .choices(labKinds)
        .default('uml'),
    )
    .option(
      '--jobs <n>',
      `labs at the same time (default: ${availableParallelism()}; 1 on other clocks than virtual, where they would disturb each other)`,
      wholeNumber('--jobs', 1),
    )
    .option('--shard <k/n>', 'only the k-th of n parts of the cells; see merge')
    .option('--out <dir>', 'results folder', 'out/run')
    .addOption(
      new Option('--capture <what>', 'what is kept of captures once they are analysed')
        .choices(['headers', 'full', 'none'])
        .default('headers'),
    )
    .option('--without <daemon...>', 'do not start these', collect, [])
    .option(
      '--replace <daemon=command>',
      'start this in its place; {node}, {config}, {events}, {ready}: see nodes/README.md',
      collect,
      [],
    )
    .addOption(new Option('--json', 'one JSON object per event on standard output').conflicts('quiet'))
    .option('--quiet', 'claims, results and failures alone: nothing of how far it has come')
    .action((ids: readonly string[], flags: RunFlags) => run(ids, flags, signal));
}

async function run(ids: readonly string[], flags: RunFlags, signal: AbortSignal): Promise<void> {
  const {
    set,
    variant: variants,
    repetitions,
    shard,
    json,
    quiet,
    without,
    replace,
    jobs: asked,
    ...rest
  } = flags;
  const { clock: clocksAsked } = flags;
  // Everything that can be refused is refused before the first lab starts.
  if (onRunningKernel(flags.lab))
    for (const clock of clocksAsked.length > 0 ? clocksAsked : ['virtual' as const])
      await refuseHostLab(clock);
  const part = shard === undefined ? {} : { shard: parseShard(shard) };
  const others = parseOtherImplementations(without, replace);
  const chosen = await chooseExperiments(ids);
  const named = await Promise.all(variants.map((word) => variantCalled(word)));
  const settings = settingsOf(chosen, set);
  const planned = onClocks(chosen, clocksAsked).map(({ experiment, clock, name }) => {
    const selection = {
      ...rest,
      clock,
      settings: settings[chosen.indexOf(experiment)] ?? {},
      variants: variantsFor(experiment, chosen, named),
      ...(repetitions === undefined ? {} : { repetitions }),
      ...(others === undefined ? {} : { others }),
    };
    return { ...planExperiment(experiment, selection, name), jobs: asked ?? jobsOn(clock) };
  });
  const reporter = reporterFor(quiet === true ? 'quiet' : json === true ? 'json' : 'people');
  try {
    for (const text of new Set([...notSet(planned, set), ...withoutClaims(chosen, clocksAsked)]))
      reporter.emit({ event: 'note', text });
    const jobs = asked ?? jobsOn('virtual');
    const analyzed = await executeRun(planned, { ...rest, ...part, jobs, signal }, reporter.emit);
    finish(reporter, analyzed, flags.out);
  } finally {
    reporter.close();
  }
}
