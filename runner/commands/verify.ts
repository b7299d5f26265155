import { availableParallelism } from 'node:os';
import { type Command, Option } from 'commander';
import { LabError } from '../../linux/lab-error.ts';
import { refuseInPackage } from '../installed-package.ts';
import { UsageError } from '../usage-error.ts';
import { changedSincePublished } from '../verify/checksums.ts';
import { verifyRun } from '../verify/verify.ts';
import { cellText, differs, summaryText } from '../verify/wording.ts';
import { wholeNumber } from './arguments.ts';

interface VerifyFlags {
  readonly sample: number | 'all';
  readonly seed: number;
  readonly with: 'commit' | 'HEAD';
  readonly jobs: number;
}

/** `verify DIR`: cells of a published run measured again. Status 0: all is as published; 1: something is not. */
export function addVerifyCommand(program: Command, signal: AbortSignal): void {
  program
    .command('verify')
    .description('measure cells of a published run again and compare them. Status 0: as published, 1: not')
    .argument('<dir>', 'the folder of a published run, such as results/quick')
    .option('--sample <n>', "how many cells, drawn by --seed, or 'all'", sampleSize, 20)
    .option('--seed <n>', 'decides which cells are drawn', wholeNumber('--seed', 0), 1)
    .addOption(
      new Option(
        '--with <version>',
        'the sources of the commit that made it, in a work tree, or those that are here',
      )
        .choices(['commit', 'HEAD'])
        .default('commit'),
    )
    .option('--jobs <n>', 'cells at the same time', wholeNumber('--jobs', 1), availableParallelism())
    .action((dir: string, flags: VerifyFlags) => verify(dir, flags, signal));
}

async function verify(dir: string, flags: VerifyFlags, signal: AbortSignal): Promise<void> {
  refuseInPackage('verify', dir);
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const changed = changedSincePublished(dir);
  if (changed !== undefined)
    say(changed.length === 0 ? 'checksums hold' : `not as it was published: ${changed.join(', ')}`);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const found = await verifyRun({ dir, ...flags, signal, log }, (cell) => say(cellText(cell)));
  say('');
  for (const line of summaryText(found)) say(line);
  if (signal.aborted) throw new LabError('interrupted: not all cells were measured');
  const good =
    (changed ?? []).length === 0 &&
    found.failures.length === 0 &&
    !found.cells.some(differs) &&
    found.experiments.every(({ claims }) => claims.kind !== 'differs');
  process.exitCode = good ? 0 : 1;
}

function sampleSize(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError('--sample', text, 'is no such number', "give a whole number from 1 on, or 'all'");
}
