import { access, constants } from 'node:fs/promises';
import type { Command } from 'commander';
import { makeFolders } from '../make-folders.ts';
import { loadExperiment } from '../own-experiment/load-experiment.ts';
import { reporterFor } from '../progress/reporters.ts';
import { analyzeFolder, analyzeInto, claimsEvent, experimentFolders } from '../results/analyze-run.ts';
import { lockFolder } from '../results/folder-lock.ts';
import { refuseUsed } from '../results/merge.ts';
import { UsageError } from '../usage-error.ts';
import { collect } from './arguments.ts';
import { finish } from './finish.ts';

/** `analyze DIR`: tables, figures and report again, from the captures on disk. */
export function addAnalyzeCommand(program: Command): void {
  program
    .command('analyze')
    .description('analyse a results folder again, from what is on disk')
    .argument('<dir>', 'the --out folder of a run')
    .option('--out <dir>', 'a new folder for what is made; without it, it is made in the run’s')
    .option('--experiment <file>', 'the file of an experiment of your own', collect, [])
    .option('--json', 'one JSON object per event on standard output')
    .action(analyze);
}

interface AnalyzeFlags {
  readonly experiment: readonly string[];
  readonly out?: string;
  readonly json?: boolean;
}

async function analyze(dir: string, flags: AnalyzeFlags): Promise<void> {
  for (const file of flags.experiment) await loadExperiment(file);
  const reporter = reporterFor(flags.json === true ? 'json' : 'people');
  // Before the lock: flock(1) makes a file of a name that is not there.
  await experimentFolders(dir, 'analyze');
  const { out = dir } = flags;
  if (out === dir) await refuseReadOnly(dir);
  else await refuseUsed(out);
  if (out !== dir) await makeOut(out);
  await using _lock = await lockFolder(out, 'analyze');
  const analyzed =
    out === dir
      ? await analyzeFolder(dir, 'analyze', reporter.emit)
      : await analyzeInto(dir, out, 'analyze', reporter.emit);
  for (const one of analyzed) reporter.emit(claimsEvent(one));
  finish(reporter, analyzed, out);
}

async function refuseReadOnly(dir: string): Promise<void> {
  const remedy = 'name a folder for what is made: --out out/again';
  const writable = await access(dir, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) throw new UsageError('analyze', dir, 'may not be written to', remedy);
}

async function makeOut(out: string): Promise<void> {
  await makeFolders(out).catch((error: NodeJS.ErrnoException) => {
    const problem = `cannot be made (${error.code ?? String(error)})`;
    throw new UsageError('--out', out, problem, 'name a folder that you may write to');
  });
}
