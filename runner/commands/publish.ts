import type { Command } from 'commander';
import { refuseInPackage } from '../installed-package.ts';
import { megabytes, publishRun } from '../publish/publish.ts';
import { wholeNumber } from './arguments.ts';

interface PublishFlags {
  readonly name: string;
  readonly into: string;
  readonly captures: readonly string[];
  readonly limit: number;
}

/** `publish RUN --name NAME`: a finished run of a clean commit becomes a folder that anybody can check. */
export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description(
      'put a finished run of a clean commit among the published ones: tables, figures, captures, checksums',
    )
    .argument('<run>', 'the --out folder of the run')
    .requiredOption('--name <name>', 'of the folder among the published runs')
    .option('--into <dir>', 'the folder of published runs', 'results')
    .option(
      '--captures <experiment...>',
      'all captures of these; else those of fig11, and one cell of each',
      [],
    )
    .option('--limit <mb>', 'refuse what is larger, in megabytes', wholeNumber('--limit', 1), 40)
    .action(async (run: string, { name, into, captures, limit }: PublishFlags) => {
      refuseInPackage('publish', run);
      const published = await publishRun({ run, name, shelf: into, captures, limitMb: limit });
      const { folder, files, bytes, leftOut } = published;
      process.stdout.write(`${folder}: ${files} files, ${megabytes(bytes)}\n`);
      if (leftOut.length > 0)
        process.stdout.write(`captures left out for want of room: ${leftOut.join('; ')}\n`);
      process.stdout.write(`check it with: (cd '${folder}' && sha256sum --check --quiet SHA256SUMS)\n`);
    });
}
