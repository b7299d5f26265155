import { type Command, Option } from 'commander';
import { loadExperiment } from '../own-experiment/load-experiment.ts';
import { reporterFor } from '../progress/reporters.ts';
import { claimsEvent } from '../results/analyze-run.ts';
import { mergeRuns } from '../results/merge.ts';
import { type CaptureWay, captureWays } from '../results/place-cells.ts';
import { collect } from './arguments.ts';
import { finish } from './finish.ts';

/** `merge DIR… --out DIR`: the shards of a run become the run. */
export function addMergeCommand(program: Command): void {
  program
    .command('merge')
    .description('join the shards of a run; refuses mixed commits, seeds, kernels, parameters, clocks')
    .argument('<dirs...>', 'the --out folders of the shards')
    .requiredOption('--out <dir>', 'a new folder for the whole')
    .option('--experiment <file>', 'the file of an experiment of your own', collect, [])
    .addOption(
      new Option(
        '--captures <how>',
        'link: the same files under another name (a copy where the file system cannot); move: the shards lose them; copy',
      )
        .choices(captureWays)
        .default('link'),
    )
    .option('--json', 'one JSON object per event on standard output')
    .action(merge);
}

interface MergeFlags {
  readonly out: string;
  readonly experiment: readonly string[];
  readonly captures: CaptureWay;
  readonly json?: boolean;
}

async function merge(dirs: readonly string[], flags: MergeFlags): Promise<void> {
  for (const file of flags.experiment) await loadExperiment(file);
  const reporter = reporterFor(flags.json === true ? 'json' : 'people');
  const analyzed = await mergeRuns(dirs, flags.out, reporter.emit, flags.captures);
  for (const one of analyzed) reporter.emit(claimsEvent(one));
  finish(reporter, analyzed, flags.out);
}
