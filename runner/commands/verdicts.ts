import type { Command } from 'commander';
import { verdictsOfFolder } from '../results/recording.ts';

/** `verdicts DIR`: how a finished run's verdicts compare with the recorded ones; `--record` makes them the recorded ones. */
export function addVerdictsCommand(program: Command): void {
  program
    .command('verdicts')
    .description('compare the verdicts of a finished run with the recorded ones of its profile')
    .argument('<dir>', 'the --out folder of a run')
    .option('--record', 'make them the recorded ones: a change of experiments/verdicts/, to be committed')
    .action(async (dir: string, { record = false }: { readonly record?: boolean }) => {
      const { text, status } = await verdictsOfFolder(dir, record);
      process.stdout.write(text);
      process.exitCode = status;
    });
}
