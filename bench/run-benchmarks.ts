import { Command, CommanderError, Option } from 'commander';
import { LabError } from '../linux/lab-error.ts';
import { wholeNumber } from '../runner/commands/arguments.ts';
import { onEndSignal } from '../runner/end-signals.ts';
import { UsageError } from '../runner/usage-error.ts';
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';
import { defaultBase } from './compared.ts';
import { benchmarks } from './index.ts';
import { Laboratory } from './laboratory.ts';
import { observeMachine } from './machine.ts';
import { asMarkdown, asText, machineLine, type Report } from './present.ts';
import { summaryOf } from './summary.ts';

interface Flags {
  readonly rounds: number;
  readonly format: 'text' | 'markdown' | 'json';
  readonly json?: boolean;
  readonly base: string;
}

const interrupted = new AbortController();
onEndSignal(() => interrupted.abort());

const names = benchmarks.map(({ name }) => name);

await new Command('bench')
  .description('How fast the lab is: ratios, both sides measured in one run; one lab at a time, on one core')
  .argument('[names...]', `which: ${names.join(', ')} (default: all)`)
  .addOption(
    new Option('--format <format>', 'of the figures').choices(['text', 'markdown', 'json']).default('text'),
  )
  .option('--json', 'the same as --format json')
  .option('--rounds <n>', 'how often both sides of a ratio are measured', wholeNumber('--rounds', 1), 5)
  .option('--base <commit>', 'what `compared` measures beside this checkout', defaultBase)
  .exitOverride()
  .action(main)
  .parseAsync()
  .catch(fail);

async function main(wanted: readonly string[], flags: Flags): Promise<void> {
  const chosen = wanted.length === 0 ? benchmarks : wanted.map(benchmarkCalled);
  const format = flags.json === true ? 'json' : flags.format;
  const ended = observeMachine();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  await using laboratory = await Laboratory.open(say, interrupted.signal);
  const reports: Report[] = [];
  for (const benchmark of chosen) {
    const progress = (text: string): void => say(`${benchmark.name}: ${text}`);
    const report = await runOne(benchmark, laboratory, { rounds: flags.rounds, base: flags.base, progress });
    reports.push(report);
    if (format === 'text') process.stdout.write(`${asText(report)}\n`);
  }
  const machine = ended();
  if (format === 'text') process.stdout.write(`${machineLine(machine)}\n`);
  if (format === 'markdown') process.stdout.write(asMarkdown(reports, machine));
  if (format === 'json') process.stdout.write(`${JSON.stringify({ machine, reports }, undefined, 2)}\n`);
}

async function runOne(
  { name, question, run }: Benchmark,
  laboratory: Laboratory,
  options: BenchmarkOptions,
): Promise<Report> {
  const started = performance.now();
  const { figures, notes } = await run(laboratory, options);
  const seconds = (performance.now() - started) / 1000;
  return { benchmark: name, question, figures: figures.map(summaryOf), notes, seconds };
}

/** As the command line has it: 2 for bad usage, 3 when a lab could not do its part. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  if (!(error instanceof LabError || error instanceof UsageError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 3;
}

function benchmarkCalled(name: string): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  throw new UsageError('benchmark', name, 'is unknown', `name one of ${names.join(', ')}`);
}
