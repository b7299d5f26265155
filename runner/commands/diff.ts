import type { Command } from 'commander';
import { diffResults } from '../../analysis/diff/diff.ts';
import { DecodeError } from '../../mip6/wire/decode-error.ts';
import { UsageError } from '../usage-error.ts';

/** `diff A B`: what differs between two results folders, experiments, cells or captures; status 1 where anything does. */
export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('first packet that differs, decoded; cells and rows that differ. Status 0: the same, 1: not')
    .argument('<a>', 'a results folder, an experiment’s or a cell’s in it, or a capture')
    .argument('<b>', 'another of the same kind')
    .action(diff);
}

function diff(a: string, b: string): void {
  const differences = compared(a, b);
  process.stdout.write(differences.length === 0 ? 'the same\n' : `${differences.join('\n')}\n`);
  process.exitCode = differences.length === 0 ? 0 : 1;
}

function compared(a: string, b: string): readonly string[] {
  try {
    return diffResults(a, b);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new UsageError('diff', `${a} ${b}`, error.message, 'name two folders or captures of runs');
  }
}
