import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Comparison, compareRuns, compareVariants } from '../../analysis/compare/compare.ts';
import type { Unpaired } from '../../analysis/compare/pairs.ts';
import { verdict } from '../../analysis/compare/verdict.ts';
import { usualMeasure, writeComparison } from '../../analysis/compare/write.ts';
import { readSamples } from '../../analysis/csv.ts';
import { nameInUnit } from '../../analysis/number.ts';
import { compareFolder } from '../../analysis/report/comparisons.ts';
import { writeReport } from '../../analysis/report/report.ts';
import type { Sample } from '../../analysis/sample.ts';
import { findVariant, handoffVariants } from '../../server/variants/variants.ts';
import { variantCalled } from '../own-files/own-variant.ts';
import { experimentFolders } from '../results/analyze-run.ts';
import { refusingDamage, remedyForTables } from '../results/damaged-results.ts';
import { UsageError } from '../usage-error.ts';

interface CompareFlags {
  readonly a?: string;
  readonly b?: string;
  readonly against?: string;
  readonly measure: string | true;
  readonly out?: string;
}

/** `compare DIR --a V --b V`: two variants against each other; `compare DIR DIR`: two runs. Pair by pair in both cases. */
export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('compare two handoff variants of a run, or two runs, by grid point, repetition and seed')
    .argument('<dir>', 'the --out folder of a run: one that holds both variants, or the one compared with')
    .argument('[other]', 'the --out folder of the run that is compared')
    .option('--a <variant>', 'the variant compared with')
    .option('--b <variant>', 'the variant that is compared')
    .option('--against <variant>', 'compares every other variant of the run with this one: --against none')
    .option('--measure [name]', 'what is compared; without a name: lists what can be', usualMeasure)
    .option('--out <dir>', `where to; default: ${compareFolder}/ in the run’s folder, and in its report`)
    .action(compare);
}

async function compare(dir: string, other: string | undefined, given: CompareFlags): Promise<void> {
  const flags = await withVariants(given);
  if (flags.measure === true) return listMeasures(dir);
  const { measure, out } = flags;
  const into = out ?? join(other ?? dir, compareFolder);
  const home = other ?? dir;
  const compared =
    other === undefined ? await variants(dir, flags, measure) : await runs(dir, other, flags, measure);
  if (out === undefined) refusePublished(home);
  for (const { outcome, command } of compared) {
    const path = await writeComparison(into, outcome, command);
    process.stdout.write(`${outcome.experiment}: ${verdict(outcome)}\n  ${path}.csv, .svg, .png\n`);
  }
  // Its results are part of what the report shows.
  if (out === undefined && existsSync(join(home, 'report.html'))) await writeReport(home);
}

interface Compared {
  readonly outcome: Comparison;
  readonly command: string;
}

async function variants(dir: string, flags: CompareFlags, measure: string): Promise<readonly Compared[]> {
  const { a, b, against } = flags;
  if (against !== undefined) return allAgainst(dir, flags, against, measure);
  if (a === undefined || b === undefined) {
    const remedy =
      'name two variants (--a drain --b drain+advance-rr), one (--against none), or a second folder';
    throw new UsageError('compare', dir, 'is one run alone', remedy);
  }
  checkVariant('--a', a);
  checkVariant('--b', b);
  if (a === b) throw new UsageError('--b', b, 'is the variant of --a', 'name two different variants');
  const compared: Compared[] = [];
  for (const experiment of await experimentFolders(dir, 'compare')) {
    const samples = await samplesIn(dir, experiment);
    const present = new Set(samples.filter((s) => s.measure === measure).map((s) => s.variant));
    // An experiment that was run with neither or one of the two says nothing about them.
    if (!present.has(a) || !present.has(b)) continue;
    const outcome = compareVariants(samples, { experiment, measure, a, b });
    const command = `bin/handoff-lab compare ${dir} --a ${a} --b ${b}${measureFlag(measure)}`;
    compared.push({ outcome: accepted(outcome, experiment, `${a}, ${b}`, 'variants '), command });
  }
  if (compared.length > 0) return compared;
  const remedy = `run one with --variant ${a} --variant ${b}; --measure without a name lists measures`;
  throw new UsageError('compare', dir, `holds no experiment with ${measure} of ${a} and ${b}`, remedy);
}

/** Variants of the user's own are named by their files. */
async function withVariants(flags: CompareFlags): Promise<CompareFlags> {
  const named = (['a', 'b', 'against'] as const).map(async (flag) => {
    const word = flags[flag];
    return word === undefined ? {} : { [flag]: await variantCalled(word, `--${flag}`) };
  });
  return Object.assign({}, flags, ...(await Promise.all(named)));
}

/** Every variant that the run has beside this one. */
async function allAgainst(
  dir: string,
  { a, b }: CompareFlags,
  against: string,
  measure: string,
): Promise<readonly Compared[]> {
  checkVariant('--against', against);
  if (a !== undefined || b !== undefined)
    throw new UsageError('--against', against, 'names all pairs already', 'leave --a and --b out');
  const compared: Compared[] = [];
  for (const experiment of await experimentFolders(dir, 'compare')) {
    const samples = await samplesIn(dir, experiment);
    const present = new Set(samples.filter((s) => s.measure === measure).map((s) => s.variant));
    if (!present.has(against)) continue;
    for (const b of present) {
      if (b === against) continue;
      const outcome = compareVariants(samples, { experiment, measure, a: against, b });
      const command = `bin/handoff-lab compare ${dir} --against ${against}${measureFlag(measure)}`;
      compared.push({ outcome: accepted(outcome, experiment, `${against}, ${b}`, 'variants '), command });
    }
  }
  if (compared.length > 0) return compared;
  const remedy = `run one with --variant ${against} and others; --measure without a name lists measures`;
  throw new UsageError(
    'compare',
    dir,
    `holds no experiment with ${measure} of ${against} and another`,
    remedy,
  );
}

async function runs(
  dir: string,
  other: string,
  { a, b, against }: CompareFlags,
  measure: string,
): Promise<readonly Compared[]> {
  const named = [a, b, against].find((variant) => variant !== undefined);
  if (named !== undefined) {
    const flag = named === against ? '--against' : '--a';
    throw new UsageError(flag, named, 'has no meaning between two runs', 'leave variants out');
  }
  const [left, right] = namesOf(dir, other);
  const there = new Set(await experimentFolders(other, 'compare'));
  const compared: Compared[] = [];
  for (const experiment of (await experimentFolders(dir, 'compare')).filter((name) => there.has(name))) {
    const [before, after] = [await samplesIn(dir, experiment), await samplesIn(other, experiment)];
    if (![before, after].every((samples) => samples.some((s) => s.measure === measure))) continue;
    const outcome = compareRuns(before, after, { experiment, measure, a: left, b: right });
    const command = `bin/handoff-lab compare ${dir} ${other}${measureFlag(measure)}`;
    compared.push({ outcome: accepted(outcome, experiment, `${dir}, ${other}`, ''), command });
  }
  if (compared.length > 0) return compared;
  const remedy = 'name two runs of one experiment; --measure without a name lists measures';
  throw new UsageError('compare', `${dir} ${other}`, `have no experiment with ${measure} in common`, remedy);
}

/** The names of the two folders; more of their paths where these are the same. */
function namesOf(a: string, b: string): readonly [string, string] {
  if (resolve(a) === resolve(b)) throw new UsageError('compare', b, 'is the same folder', 'name two runs');
  let [left, right] = [resolve(a), resolve(b)];
  let names: [string, string] = [basename(left), basename(right)];
  while (names[0] === names[1] && left !== '/' && right !== '/') {
    [left, right] = [dirname(left), dirname(right)];
    names = [`${basename(left)}/${names[0]}`, `${basename(right)}/${names[1]}`];
  }
  return names;
}

function accepted(
  outcome: Comparison | Unpaired,
  experiment: string,
  what: string,
  kind: string,
): Comparison {
  if (outcome.kind === 'comparison') return outcome;
  const remedy = `run both ${kind}over the same grid with the same seed and clock`;
  throw new UsageError(`compare ${experiment}`, what, `cannot be paired: ${outcome.reason}`, remedy);
}

async function listMeasures(dir: string): Promise<void> {
  for (const experiment of await experimentFolders(dir, 'compare')) {
    const samples = await samplesIn(dir, experiment);
    const units = new Map(samples.map(({ measure, unit }) => [measure, unit]));
    const named = [...units].map(([measure, unit]) => nameInUnit(measure, unit));
    process.stdout.write(`${experiment}: ${named.join(', ')}\n`);
  }
}

function samplesIn(dir: string, experiment: string): Promise<readonly Sample[]> {
  return refusingDamage('compare', dir, remedyForTables(dir), () => readSamples(join(dir, experiment)));
}

/** What is published has checksums: nothing is added to it. */
function refusePublished(dir: string): void {
  if (!existsSync(join(dir, 'SHA256SUMS'))) return;
  throw new UsageError(
    'compare',
    dir,
    'is a published run, which stays as it is',
    'name a folder: --out out/compared',
  );
}

function measureFlag(measure: string): string {
  return measure === usualMeasure ? '' : ` --measure ${measure}`;
}

function checkVariant(flag: string, name: string): void {
  if (findVariant(name) !== undefined) return;
  const known = handoffVariants.map((variant) => variant.name).join(', ');
  throw new UsageError(flag, name, 'is unknown', `use one of: ${known}`);
}
