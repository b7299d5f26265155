import { join } from 'node:path';
import type { Command } from 'commander';
import { compareVariants } from '../../analysis/compare/compare.ts';
import { verdict } from '../../analysis/compare/verdict.ts';
import { writeComparison } from '../../analysis/compare/write.ts';
import { readSamples } from '../../analysis/csv.ts';
import { handoffVariants } from '../../server/handoff/variants.ts';
import { experimentFolders } from '../results/analyze-run.ts';
import { refusingDamage, remedyForTables } from '../results/damaged-results.ts';
import { UsageError } from '../usage-error.ts';

interface CompareFlags {
  readonly a: string;
  readonly b: string;
  readonly measure: string;
}

/** `compare DIR --a V --b V`: two variants against each other, pair by pair. */
export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('compare two handoff variants by grid point, repetition and seed')
    .argument('<dir>', 'the --out folder of a run that holds both')
    .requiredOption('--a <variant>', 'the variant compared with')
    .requiredOption('--b <variant>', 'the variant that is compared')
    .option('--measure <name>', 'what is compared', 'handoff-gap')
    .action(compare);
}

async function compare(dir: string, { a, b, measure }: CompareFlags): Promise<void> {
  for (const [flag, name] of [
    ['--a', a],
    ['--b', b],
  ] as const)
    checkVariant(flag, name);
  if (a === b) throw new UsageError('--b', b, 'is the variant of --a', 'name two different variants');
  const experiments = await experimentFolders(dir, 'compare');
  let compared = 0;
  for (const experiment of experiments) {
    const samples = await refusingDamage('compare', dir, remedyForTables(dir), () =>
      readSamples(join(dir, experiment)),
    );
    const present = new Set(samples.filter((s) => s.measure === measure).map((s) => s.variant));
    // An experiment that was run with neither or one of the two says nothing about them.
    if (!present.has(a) || !present.has(b)) continue;
    const outcome = compareVariants(samples, { experiment, measure, a, b });
    if (outcome.kind === 'refused') {
      const remedy = 'run both variants over the same grid with the same seed and clock';
      throw new UsageError(
        `compare ${experiment}`,
        `${a}, ${b}`,
        `cannot be paired: ${outcome.reason}`,
        remedy,
      );
    }
    const path = await writeComparison(join(dir, 'compare'), outcome);
    process.stdout.write(`${experiment}: ${verdict(outcome)}\n  ${path}.csv, .svg, .png\n`);
    compared += 1;
  }
  if (compared > 0) return;
  const remedy = `run one with --variant ${a} --variant ${b}`;
  throw new UsageError('compare', dir, `holds no experiment with ${measure} of ${a} and ${b}`, remedy);
}

function checkVariant(flag: string, name: string): void {
  if (handoffVariants.some((variant) => variant.name === name)) return;
  const known = handoffVariants.map((variant) => variant.name).join(', ');
  throw new UsageError(flag, name, 'is unknown', `use one of: ${known}`);
}
