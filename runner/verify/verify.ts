import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSamples } from '../../analysis/csv.ts';
import { type FileDigests, keptDigests } from '../../analysis/kept-digests.ts';
import type { Sample } from '../../analysis/sample.ts';
import { runPool } from '../cells/pool.ts';
import { refusingDamage, remedyForTables } from '../results/damaged-results.ts';
import {
  compareDeterminants,
  type Determinants,
  type Differing,
  determinantsOf,
} from '../results/determinants.ts';
import {
  compareOctets,
  compareValues,
  compareVerdicts,
  type Finding,
  type Verdicts,
} from './compare-cell.ts';
import { type Judge, judgeOf } from './judge.ts';
import { type Measure, measureWithProgram } from './measure.ts';
import { commitOf, type ExperimentPlan, planVerification } from './plan.ts';
import { publishedVerdicts } from './published-verdicts.ts';
import { measurementsOf } from './run-words.ts';
import { sourceTree } from './work-tree.ts';

export interface VerifyOptions {
  /** the published run */
  readonly dir: string;
  readonly sample: number | 'all';
  /** decides which cells a sample has */
  readonly seed: number;
  /** `commit`: by the sources that made the run; `HEAD`: by those that are here */
  readonly with: 'commit' | 'HEAD';
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly measure?: Measure;
}

/** What became of a cell that was measured again. */
export interface CheckedCell {
  readonly experiment: string;
  readonly cell: string;
  readonly findings: { readonly octets: Finding; readonly values: Finding; readonly verdicts: Finding };
}

export interface CheckedExperiment {
  readonly experiment: string;
  /** the published samples, judged by the sources that measured again, against the published verdicts */
  readonly claims: Finding;
  readonly differing: readonly Differing[];
  /** determinants that one side does not tell */
  readonly unknown: readonly string[];
}

export interface Verification {
  readonly cells: readonly CheckedCell[];
  readonly experiments: readonly CheckedExperiment[];
  /** what could not be measured, in words */
  readonly failures: readonly string[];
}

/**
 * Measures cells of a published run again and compares them with what was published. `onCell` hears of each as it is finished. Throws
 * UsageError for a folder that is no run, LabError where the sources of its commit cannot be made ready.
 */
export async function verifyRun(
  options: VerifyOptions,
  onCell: (cell: CheckedCell) => void,
): Promise<Verification> {
  const { dir, signal, log, jobs, measure = measureWithProgram } = options;
  const plans = await planVerification(dir, options.sample, options.seed);
  const published = await Promise.all(plans.map((plan) => readPublished(dir, plan)));
  // Everything that can be refused is refused before sources are fetched and labs start.
  const calls = published.flatMap((one) => measurementsOf(one.plan).map((call) => ({ one, ...call })));
  const which = options.with === 'HEAD' ? 'present' : ({ commit: commitOf(dir, plans) } as const);
  await using tree = await sourceTree(which, { log, signal });
  const judge = await judgeOf(tree.folder);
  const room = await mkdtemp(join(tmpdir(), 'handoff-lab-verify-'));
  const cells: CheckedCell[] = [];
  const seen = new Map<string, Determinants>();
  try {
    const failures = await runPool(calls, { jobs, signal }, async ({ one, words, cells: names }, worker) => {
      const out = join(room, String(worker));
      const labs = names.length === 1 ? 1 : jobs;
      await measure(tree.folder, [...words, '--jobs', String(labs), '--out', out], signal);
      const again = await readMeasured(join(out, one.plan.manifest.experiment), names);
      seen.set(one.plan.name, determinantsOf(again.manifest));
      for (const name of names) {
        const checked = checkCell(one, again, name, judge);
        cells.push(checked);
        onCell(checked);
      }
      await rm(out, { recursive: true, force: true });
    });
    const experiments = published.map((one) => checkExperiment(one, judge, seen.get(one.plan.name)));
    const told = failures.map(
      ({ item, error }) => `${item.one.plan.name} ${item.cells[0]}: ${messageOf(error)}`,
    );
    return { cells, experiments, failures: told };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

interface Published {
  readonly plan: ExperimentPlan;
  readonly samples: readonly Sample[];
  readonly digests: ReadonlyMap<string, FileDigests>;
  readonly verdicts: readonly Verdicts[];
}

function readPublished(dir: string, plan: ExperimentPlan): Promise<Published> {
  return refusingDamage('verify', dir, remedyForTables(dir), async () => ({
    plan,
    samples: await readSamples(plan.folder),
    digests: keptDigests(plan.folder, plan.chosen),
    verdicts: publishedVerdicts(plan.folder),
  }));
}

interface Measured {
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly samples: readonly Sample[];
  readonly digests: ReadonlyMap<string, FileDigests>;
}

async function readMeasured(folder: string, cells: readonly string[]): Promise<Measured> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as Measured['manifest'];
  return { manifest, samples: await readSamples(folder), digests: keptDigests(folder, cells) };
}

function checkCell(
  { plan, samples, digests }: Published,
  again: Measured,
  cell: string,
  judge: Judge,
): CheckedCell {
  const clock = String(plan.manifest.clock);
  const mine = (all: readonly Sample[]) => all.filter((sample) => sample.cell === cell);
  const values = compareValues(mine(samples), mine(again.samples), clock);
  const octets = compareOctets(digests.get(cell), again.digests.get(cell) ?? {}, clock);
  const { name, manifest } = plan;
  const verdicts =
    values.kind === 'same' ? values : verdictsWith(manifest.experiment, samples, mine(again.samples), judge);
  return { experiment: name, cell, findings: { octets, values, verdicts } };
}

/** Which verdicts turn when the published samples of a cell give way to those of now. */
function verdictsWith(
  experiment: string,
  samples: readonly Sample[],
  now: readonly Sample[],
  judge: Judge,
): Finding {
  const cell = now[0]?.cell;
  const before = judge(experiment, samples);
  const place = samples.findIndex((sample) => sample.cell === cell);
  const rest = samples.filter((sample) => sample.cell !== cell);
  const after = judge(experiment, [...rest.slice(0, place), ...now, ...rest.slice(place)]);
  if (before === undefined || after === undefined)
    return { kind: 'unknown', why: 'these sources do not judge this experiment' };
  return compareVerdicts(before, after);
}

function checkExperiment(one: Published, judge: Judge, now: Determinants | undefined): CheckedExperiment {
  const { manifest, name } = one.plan;
  const judged = judge(manifest.experiment, one.samples);
  const claims: Finding =
    judged === undefined
      ? { kind: 'unknown', why: 'these sources do not judge this experiment' }
      : compareVerdicts(one.verdicts, judged);
  const compared =
    now === undefined ? { differing: [], unknown: [] } : compareDeterminants(determinantsOf(manifest), now);
  return { experiment: name, claims, ...compared };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
