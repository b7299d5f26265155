import { Command } from 'commander';
import { addListCommand } from './commands/list.ts';
import { addRunCommand } from './commands/run.ts';
import { UsageError } from './usage-error.ts';

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(name));

const program = new Command('handoff-lab')
  .description('Experiments with a server that moves live TCP connections between machines by Mobile IPv6')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
addListCommand(program);
addRunCommand(program, interrupted.signal);

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
  process.exit(3);
}
