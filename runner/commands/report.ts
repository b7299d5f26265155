import type { Command } from 'commander';
import { writeReport } from '../../analysis/report/report.ts';
import { experimentFolders } from '../results/analyze-run.ts';
import { refusingDamage, remedyForTables } from '../results/damaged-results.ts';

/** `report DIR`: the page that shows all results of a folder. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('write report.html from a results folder')
    .argument('<dir>', 'the --out folder of a run')
    .option('--out <file>', 'where to; default: report.html in that folder')
    .action(async (dir: string, { out }: { readonly out?: string }) => {
      await experimentFolders(dir, 'report');
      const written = refusingDamage('report', dir, remedyForTables(dir), () => writeReport(dir, out));
      process.stdout.write(`${await written}\n`);
    });
}
