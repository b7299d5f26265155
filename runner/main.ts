import { getEventListeners } from 'node:events';
import { constants } from 'node:os';
import { Command } from 'commander';
import { addAnalyzeCommand } from './commands/analyze.ts';
import { addCompareCommand } from './commands/compare.ts';
import { addDiffCommand } from './commands/diff.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addListCommand } from './commands/list.ts';
import { addMergeCommand } from './commands/merge.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { addShellCommand } from './commands/shell.ts';
import { addSoakCommand } from './commands/soak.ts';
import { addTopologyCommand } from './commands/topology.ts';
import { UsageError } from './usage-error.ts';

for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt(name));

const program = new Command('handoff-lab')
  .description('Experiments with a server that moves live TCP connections between machines by Mobile IPv6')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
addListCommand(program);
addRunCommand(program, interrupted.signal);
addMergeCommand(program);
addAnalyzeCommand(program);
addReportCommand(program);
addCompareCommand(program);
addDiffCommand(program);
addDoctorCommand(program);
addShellCommand(program, interrupted.signal);
addSoakCommand(program, interrupted.signal);
addTopologyCommand(program);

await program.parseAsync().catch(fail);

function fail(error: unknown): never {
  if (
    error instanceof UsageError ||
    (error instanceof Error && 'exitStatus' in error && error.exitStatus === 2)
  ) {
    process.stderr.write(`handoff-lab: ${error.message}\n`);
    process.exit(2);
  }
  process.stderr.write(`handoff-lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(interrupted.signal.aborted ? statusOf(interrupted.signal.reason) : 3);
}

/** A reader that has seen enough (`| head`) ends neither measurements nor their analysis. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') fail(error);
}

/** The first signal lets a run end its labs in good order; where there is nothing to end it is the end. */
function interrupt(name: 'SIGINT' | 'SIGTERM'): void {
  if (getEventListeners(interrupted.signal, 'abort').length > 0) interrupted.abort(name);
  else process.exit(statusOf(name));
}

/** As shells have it: 128 + the signal's number. */
function statusOf(name: 'SIGINT' | 'SIGTERM'): number {
  return 128 + constants.signals[name];
}
