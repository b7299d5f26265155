import { getEventListeners } from 'node:events';
import { Command, CommanderError } from 'commander';
import { LabError } from '../linux/lab-error.ts';
import { addAnalyzeCommand } from './commands/analyze.ts';
import { addBundleCommand } from './commands/bundle.ts';
import { addCheckCommand } from './commands/check.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addFaultsCommand } from './commands/faults.ts';
import { addKernelCommand } from './commands/kernel.ts';
import { addKeygenCommand } from './commands/keygen.ts';
import { addListCommand } from './commands/list.ts';
import { addMergeCommand } from './commands/merge.ts';
import { onceEach } from './commands/once-each.ts';
import { plainError } from './commands/plain-errors.ts';
import { addPublishCommand } from './commands/publish.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { addServeCommand } from './commands/serve.ts';
import { addShellCommand } from './commands/shell.ts';
import { addSoakCommand } from './commands/soak.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTopologyCommand } from './commands/topology.ts';
import { addVerdictsCommand } from './commands/verdicts.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { type EndSignal, endBy, onEndSignal, statusOf } from './end-signals.ts';
import { fullDiskText } from './full-disk.ts';
import { packageVersion } from './package-version.ts';
import { UsageError } from './usage-error.ts';

for (const stream of [process.stdout, process.stderr]) stream.on('error', onUnwritable);
const interrupted = new AbortController();
onEndSignal(interrupt);

const program = new Command('handoff-lab')
  .description('Experiments with a server that moves live TCP connections between machines by Mobile IPv6')
  .version(packageVersion(), '--version', 'the version of this project')
  .configureOutput({ outputError: (text, write) => write(plainError(text)) })
  .exitOverride();
addListCommand(program);
addKernelCommand(program);
addRunCommand(program, interrupted.signal);
addMergeCommand(program);
addBundleCommand(program, interrupted.signal);
addPublishCommand(program);
addAnalyzeCommand(program);
addReportCommand(program);
addCompareCommand(program);
addDiffCommand(program);
addDoctorCommand(program);
addServeCommand(program, interrupted.signal);
addShellCommand(program, interrupted.signal);
addSoakCommand(program, interrupted.signal);
addFaultsCommand(program, interrupted.signal);
addTopologyCommand(program);
addVerdictsCommand(program);
addVerifyCommand(program, interrupted.signal);
addKeygenCommand(program);
addCheckCommand(program);
addStatusCommand(program);

// The last: it knows all others.
addCompletionCommand(program);

onceEach(program);
await program.parseAsync().catch(fail);

/** The loop ends by itself when everything is closed: `process.exit()` would wait for worker threads, one of which may never end. */
function fail(error: unknown): void {
  if (error instanceof CommanderError) {
    // It has said what is wrong, or printed what was asked for.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`handoff-lab: ${error instanceof LabError ? text : (fullDiskText(error) ?? text)}\n`);
  process.exitCode = failureStatus(error);
}

function failureStatus(error: unknown): number {
  if (error instanceof UsageError) return 2;
  if (error instanceof Error && 'exitStatus' in error && error.exitStatus === 2) return 2;
  const { aborted, reason } = interrupted.signal as { readonly aborted: boolean; readonly reason: unknown };
  return aborted && typeof reason === 'string' ? statusOf(reason as EndSignal) : 3;
}

/** A reader that has seen enough (`| head`) ends neither measurements nor their analysis; what cannot be written (a full disk) ends them. */
function onUnwritable(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE' || interrupted.signal.aborted) return;
  fail(error);
  interrupted.abort(error);
}

/** The first signal lets a run end its labs in good order; where there is nothing to end it is the end. */
function interrupt(signal: EndSignal): void {
  if (getEventListeners(interrupted.signal, 'abort').length > 0) interrupted.abort(signal);
  else endBy(signal);
}
