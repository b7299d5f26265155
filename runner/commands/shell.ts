import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import type { Clock } from '../../experiments/experiment.ts';
import { logTo } from '../progress/log.ts';
import { talkToScript, talkToTerminal } from '../shell/prompt.ts';
import type { LabSession } from '../shell/session.ts';
import { inLiveLab } from '../shell/shell.ts';
import { collect, wholeNumber } from './arguments.ts';
import { topologyNamed } from './topology.ts';

interface ShellFlags {
  readonly set: readonly string[];
  readonly clock: Clock;
  readonly seed: number;
}

/** `shell [TOPOLOGY]`: a prompt in a running lab; the exit status is that of the last command. */
export function addShellCommand(program: Command, signal: AbortSignal): void {
  program
    .command('shell')
    .description('a prompt in a running lab, or the commands of standard input')
    .argument('[topology]', 'see `topology list`, or a file of your own', 'fig9')
    .option('--set <name=value>', 'a parameter of the network', collect, [])
    .addOption(
      new Option('--clock <clock>', 'virtual time stands still at the prompt')
        .choices(['virtual', 'wall'])
        .default('virtual'),
    )
    .option('--seed <n>', 'seed of all randomness', wholeNumber('--seed', 0), 1)
    .action((name: string, flags: ShellFlags) => shell(name, flags, signal));
}

async function shell(name: string, flags: ShellFlags, signal: AbortSignal): Promise<void> {
  const topology = await topologyNamed(name, flags.set);
  const { stdin, stdout, stderr } = process;
  const interactive = stdin.isTTY && stdout.isTTY;
  const talk = (session: LabSession): Promise<number> => {
    if (!interactive) return talkToScript(session, topology, createInterface({ input: stdin }));
    stdout.write(`network ${topology.name}, ${flags.clock} time; help, exit\n`);
    return talkToTerminal(session, topology);
  };
  const log = logTo(stderr);
  const { clock, seed } = flags;
  process.exitCode = await inLiveLab(topology, { clock, seed, interactive, signal, log }, talk);
}
