import type { Command } from 'commander';
import { loadExperiment } from '../own-experiment/load-experiment.ts';
import { reporterFor } from '../progress/reporters.ts';
import { analyzeFolder, claimsEvent, experimentFolders } from '../results/analyze-run.ts';
import { lockFolder } from '../results/folder-lock.ts';
import { collect } from './arguments.ts';
import { finish } from './finish.ts';

/** `analyze DIR`: tables, figures and report again, from the captures on disk. */
export function addAnalyzeCommand(program: Command): void {
  program
    .command('analyze')
    .description('analyse a results folder again, from what is on disk')
    .argument('<dir>', 'the --out folder of a run')
    .option('--experiment <file>', 'the file of an experiment of your own', collect, [])
    .option('--json', 'one JSON object per event on standard output')
    .action(analyze);
}

interface AnalyzeFlags {
  readonly experiment: readonly string[];
  readonly json?: boolean;
}

async function analyze(dir: string, flags: AnalyzeFlags): Promise<void> {
  for (const file of flags.experiment) await loadExperiment(file);
  const reporter = reporterFor(flags.json === true);
  // Before the lock: flock(1) makes a file of a name that is not there.
  await experimentFolders(dir, 'analyze');
  await using _lock = await lockFolder(dir, 'analyze');
  const analyzed = await analyzeFolder(dir, 'analyze', reporter.emit);
  for (const one of analyzed) reporter.emit(claimsEvent(one));
  finish(reporter, analyzed, dir);
}
