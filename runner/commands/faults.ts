import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readSamples } from '../../analysis/csv.ts';
import { type CaseOutcomes, outcomesOf } from '../../analysis/outcomes/case-outcomes.ts';
import { outcomeTable } from '../../analysis/outcomes/outcome-table.ts';
import {
  outcomesCsv,
  recordedOutcomes,
  recordedOutcomesFile,
  recordingOf,
} from '../../analysis/outcomes/recorded-outcomes.ts';
import { writeWhole } from '../../analysis/results.ts';
import type { GridBlock } from '../../experiments/experiment.ts';
import { allCases, caseName, caseOf, faultKinds, signalling } from '../../experiments/faults/signalling.ts';
import faults from '../../experiments/faults.ts';
import { suggestion } from '../../server/nearest-name.ts';
import { planExperiment } from '../planned-experiment.ts';
import { reporterFor } from '../progress/reporters.ts';
import { executeRun } from '../run.ts';
import { UsageError } from '../usage-error.ts';
import { collect, wholeNumber } from './arguments.ts';
import { finish } from './finish.ts';

/** the handoff of a server where nothing else is asked for */
const usual = 'drain+advance-rr';
const ofPackets = (['lost', 'doubled', 'delayed'] as const).map((kind) => faultKinds.indexOf(kind));
/** the seed of all recorded outcomes */
const RECORDED_SEED = 1;

interface FaultFlags {
  readonly case?: string;
  readonly variant: readonly string[];
  readonly list?: boolean;
  readonly pairs?: boolean;
  readonly record?: boolean;
  readonly seed: number;
  readonly jobs: number;
  readonly out?: string;
}

/** `faults`: every single fault of every handoff; status 1 when an invariant did not hold. */
export function addFaultsCommand(program: Command, signal: AbortSignal): void {
  program
    .command('faults')
    .description(
      'every single fault of every handoff: a packet lost, doubled, delayed, an end cut off or killed',
    )
    .option('--case <name>', 'one alone, as --list names it: atlas/drain/8-binding-update/lost')
    .option('--variant <name...>', 'handoff variants instead of all', collect, [])
    .option('--list', 'names all cases and runs none')
    .option('--pairs', `instead: every two lost, doubled or delayed packets of ${usual}, or of --variant`)
    .option('--record', 'make what these cases came to the recorded outcomes, which the report shows')
    .option('--seed <n>', 'seed of all randomness', wholeNumber('--seed', 0), 1)
    .option('--jobs <n>', 'labs at the same time', wholeNumber('--jobs', 1), availableParallelism())
    .option('--out <dir>', 'results folder (default: out/faults; of one case: out/faults-case)')
    .action((flags: FaultFlags) => run(flags, signal));
}

async function run(flags: FaultFlags, signal: AbortSignal): Promise<void> {
  const { seed, jobs, list, variant } = flags;
  for (const name of variant) checkVariant(name);
  if (list === true) {
    process.stdout.write(
      namesOf(variant)
        .map((name) => `${name}\n`)
        .join(''),
    );
    return;
  }
  const one = chosen(flags.case);
  if (one !== undefined && flags.pairs === true)
    throw new UsageError('--pairs', '', 'has no meaning with --case', 'give one of the two');
  if (flags.record === true && flags.pairs === true)
    throw new UsageError('--record', '', 'has no meaning with --pairs', 'record single faults alone');
  if (flags.record === true && seed !== RECORDED_SEED)
    throw new UsageError(
      '--seed',
      `${seed}`,
      'is not recorded',
      `--record takes seed ${RECORDED_SEED} alone`,
    );
  const whole = flags.pairs === true ? 'out/fault-pairs' : 'out/faults';
  const out = flags.out ?? (one === undefined ? whole : 'out/faults-case');
  const variants = flags.pairs === true && variant.length === 0 ? [usual] : variant;
  const selection = {
    ...{ profile: 'quick' as const, clock: 'virtual' as const, seed },
    settings: one?.settings ?? (flags.pairs === true ? pairsOf(variants) : {}),
    variants: one === undefined ? variants : [one.variant],
    ...(one === undefined ? {} : { repetitions: 1 }),
  };
  const options = { out, jobs, capture: 'headers', signal } as const;
  const reporter = reporterFor('people');
  try {
    const analyzed = await executeRun([planExperiment(faults, selection)], options, reporter.emit);
    const outcomes = outcomesOf(await readSamples(join(out, faults.id)));
    const table = outcomeTable(outcomes);
    await writeFile(join(out, 'outcomes.md'), table);
    await writeFile(join(out, 'outcomes.csv'), outcomesCsv(outcomes));
    process.stdout.write(table === '' ? '' : `${table}\n`);
    if (flags.record === true) await record(outcomes);
    finish(reporter, analyzed, out);
  } finally {
    reporter.close();
  }
}

/** The others stay as they are recorded. */
async function record(outcomes: CaseOutcomes): Promise<void> {
  const recorded = recordedOutcomes();
  await writeWhole(recordedOutcomesFile, outcomesCsv(new Map([...recorded, ...outcomes])));
  process.stdout.write(`${recordingOf(recorded, outcomes)}\n`);
}

/** No lab for a second packet that none of these variants has. */
function pairsOf(variants: readonly string[]): GridBlock {
  const most = Math.max(...variants.map((name) => signalling[name]!.length));
  const secondPlace = Array.from({ length: most }, (_, index) => index + 1);
  return { kind: ofPackets, place: [0], secondKind: ofPackets, secondPlace };
}

function namesOf(variants: readonly string[]): readonly string[] {
  return allCases()
    .filter(({ variant }) => variants.length === 0 || variants.includes(variant))
    .flatMap(({ variant, kind, place }) => caseName(variant, kind, place) ?? []);
}

function chosen(
  name: string | undefined,
): { readonly variant: string; readonly settings: GridBlock } | undefined {
  if (name === undefined) return undefined;
  const found = caseOf(name);
  if (found === undefined) {
    const better = suggestion(name, namesOf([])) || '; --list names all';
    throw new UsageError('--case', name, 'is no case', `use a name as --list gives it${better}`);
  }
  return { variant: found.variant, settings: { kind: [found.kind], place: [found.place] } };
}

function checkVariant(name: string): void {
  if (signalling[name] !== undefined) return;
  const known = Object.keys(signalling).join(', ');
  throw new UsageError('--variant', name, 'has no list of its signalling', `use one of: ${known}`);
}
