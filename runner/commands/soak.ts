import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkSoak, type SoakVerdict } from '../../analysis/soak/check-soak.ts';
import { LabError } from '../../linux/lab-error.ts';
import { runPool } from '../cells/pool.ts';
import { allowedProcessors } from '../cells/processors.ts';
import { checkSize } from '../soak/check-size.ts';
import type { SoakSize } from '../soak/conditions.ts';
import {
  type SoakConditions,
  usualConnections,
  usualDownloadsPct,
  usualHalfClosedPct,
  usualVisitsPerMinute,
} from '../soak/conditions.ts';
import { outcomeTable, type SeedOutcome, statusOfOutcomes } from '../soak/outcomes.ts';
import { planSoak, type SoakPlan, wholeSystem } from '../soak/plan.ts';
import { runSoak } from '../soak/run-soak.ts';
import { parseSeeds } from '../soak/seeds.ts';
import { UsageError } from '../usage-error.ts';
import { decimalNumber, wholeNumber } from './arguments.ts';

interface SoakFlags {
  readonly seed?: number;
  readonly seeds?: string;
  readonly jobs: number;
  readonly minutes: number;
  readonly members: number;
  readonly contacts: number;
  readonly clients: number;
  readonly plain: number;
  readonly filtered: number;
  readonly loss?: number;
  readonly jitter?: number;
  readonly disturbances?: number;
  readonly visits?: number;
  readonly connections?: number;
  readonly halfClosed?: number;
  readonly replicas?: number;
  readonly downloads?: number;
  readonly out?: string;
}

/** Of wall time, for the lab alone; it takes about a third of its virtual time, more on a busy machine. */
const wallBaseMs = 600_000;
const wallPerMinuteMs = 60_000;
/** of a seed for which every invariant held, in a run of several: the seed gives them again */
const bulky = ['router.pcap', 'events.jsonl'];

/** `soak`: the whole system under random disturbances; status 0 when every invariant held, 1 when one did not. */
export function addSoakCommand(program: Command, signal: AbortSignal): void {
  const { members, contactAddresses, clients, plainClients, filteredClients } = wholeSystem;
  program
    .command('soak')
    .description(
      'random handoffs, kills, cuts and returns in the whole system, drawn from a seed; checks what must always hold',
    )
    .option('--seed <n>', 'seed of all that happens (default: 1)', wholeNumber('--seed', 0))
    .option('--seeds <list>', 'several, one after the other: 1,2,5..9')
    .option('--jobs <n>', 'seeds at the same time', wholeNumber('--jobs', 1), availableParallelism())
    .option('--minutes <n>', 'virtual minutes', wholeNumber('--minutes', 1), 30)
    .option('--members <n>', 'members of the server', wholeNumber('--members', 2), members)
    .option('--contacts <n>', 'contact addresses', wholeNumber('--contacts', 1), contactAddresses)
    .option('--clients <n>', 'clients of all kinds', wholeNumber('--clients', 1), clients)
    .option('--plain <n>', 'of them without Mobile IPv6', wholeNumber('--plain', 0), plainClients)
    .option('--filtered <n>', 'of them behind a filter', wholeNumber('--filtered', 0), filteredClients)
    .option('--loss <percent>', 'loss of each path, each way (default: drawn)', decimalNumber('--loss'))
    .option(
      '--jitter <ms>',
      'variation of each path’s latency, ± ms (default: drawn)',
      decimalNumber('--jitter'),
    )
    .option(
      '--disturbances <n>',
      'of members in a virtual minute, on average; 0: none at all (default: half as many as members)',
      decimalNumber('--disturbances'),
    )
    .option(
      '--visits <n>',
      `of each client in a virtual minute, on average (default: ${usualVisitsPerMinute})`,
      decimalNumber('--visits'),
    )
    .option(
      '--connections <n>',
      `of a client at a time, at most (default: ${usualConnections})`,
      wholeNumber('--connections', 1),
    )
    .option(
      '--half-closed <percent>',
      `visits whose client closes its side behind its last octet (default: ${usualHalfClosedPct})`,
      decimalNumber('--half-closed'),
    )
    .option(
      '--replicas <n>',
      '1: applications protect their connections, whose member’s death is no excuse then (default: 0)',
      wholeNumber('--replicas', 0),
    )
    .option(
      '--downloads <percent>',
      `visits that send nothing but a request, so that they can be protected (default: ${usualDownloadsPct} with --replicas 1, else 0)`,
      decimalNumber('--downloads'),
    )
    .option('--out <dir>', 'folder for capture, logs and verdict (default: out/soak/seed-<n>)')
    .action((flags: SoakFlags) => soak(flags, signal));
}

async function soak(flags: SoakFlags, signal: AbortSignal): Promise<void> {
  if (flags.seed !== undefined && flags.seeds !== undefined)
    throw new UsageError('--seeds', flags.seeds, 'stands beside --seed', 'give one of them');
  const [size, conditions] = [sizeOf(flags), conditionsOf(flags)];
  const several = flags.seeds !== undefined;
  const seeds = several ? parseSeeds(flags.seeds!) : [flags.seed ?? 1];
  for (const seed of seeds) checkSize(seed, size, conditions);
  const folderOf = (seed: number): string =>
    several
      ? resolve(flags.out ?? 'out/soak', `seed-${seed}`)
      : resolve(flags.out ?? `out/soak/seed-${seed}`);
  const outcomes: SeedOutcome[] = [];
  const failures = await runPool(seeds, { jobs: flags.jobs, signal }, async (seed, worker) => {
    const outcome = await soakOne(planSoak(seed, size, conditions), folderOf(seed), {
      signal,
      // Soaks beside each other would share one processor, while another is idle.
      place: several ? worker : seed,
    }).catch((error: unknown): SeedOutcome => {
      // The others need not suffer from a lab that fails; bad usage fails them all alike.
      if (!several || signal.aborted || !(error instanceof LabError)) throw error;
      log(`soak: ${error.message}`);
      return { seed, failure: error.message.split('\n')[0]! };
    });
    if (several && statusOfOutcomes([outcome]) === 0)
      for (const name of bulky) await rm(join(folderOf(seed), name), { force: true });
    outcomes.push(outcome);
  });
  const inOrder = seeds.flatMap((seed) => outcomes.filter((outcome) => outcome.seed === seed));
  if (inOrder.length > 0) process.stdout.write(`${outcomeTable(inOrder)}\n`);
  if (failures.length > 0) throw failures[0]!.error;
  process.exitCode = statusOfOutcomes(inOrder);
}

async function soakOne(
  plan: SoakPlan,
  folder: string,
  { signal, place }: { readonly signal: AbortSignal; readonly place: number },
): Promise<SeedOutcome> {
  const { seed, size, visits } = plan;
  log(`soak: seed ${seed}, ${size.minutes} virtual minutes, ${visits.length} visits, into ${folder}`);
  const processors = allowedProcessors();
  const cpu = processors[place % Math.max(1, processors.length)];
  const { wallMs, orderly } = await runSoak(plan, {
    folder,
    wallTimeoutMs: wallBaseMs + size.minutes * wallPerMinuteMs,
    signal,
    ...(cpu === undefined ? {} : { cpu }),
    log,
  });
  const verdict = checkSoak(folder);
  await writeFile(join(folder, 'verdict.json'), `${JSON.stringify(verdict, undefined, 1)}\n`);
  process.stdout.write(`${describe(verdict)}\n`);
  log(`soak: seed ${seed}: ${Math.round(wallMs / 1000)} s of wall time`);
  if (orderly || verdict.violations.length > 0) return { seed, verdict };
  const failure = `the lab itself has failed: look into ${folder}`;
  log(`soak: seed ${seed}: ${failure}`);
  return { seed, verdict, failure };
}

function sizeOf({ members, contacts, clients, plain, filtered, minutes }: SoakFlags): SoakSize {
  return {
    members,
    contactAddresses: contacts,
    clients,
    plainClients: plain,
    filteredClients: filtered,
    minutes,
  };
}

function conditionsOf(flags: SoakFlags): SoakConditions {
  const { loss, jitter, disturbances, visits, connections, halfClosed, replicas, downloads } = flags;
  return {
    ...(loss === undefined ? {} : { lossPct: loss }),
    ...(jitter === undefined ? {} : { jitterMs: jitter }),
    ...(disturbances === undefined ? {} : { disturbancesPerMinute: disturbances }),
    ...(visits === undefined ? {} : { visitsPerMinute: visits }),
    ...(connections === undefined ? {} : { connections }),
    ...(halfClosed === undefined ? {} : { halfClosedPct: halfClosed }),
    // Larger ones `checkSize` refuses.
    ...(replicas === undefined ? {} : { replicas: replicas as 0 | 1 }),
    ...(downloads === undefined ? {} : { downloadsPct: downloads }),
  };
}

/** The figures, then the first violated invariant, which is the one to look into. */
function describe({ seed, violations, figures }: SoakVerdict): string {
  const lines = Object.entries(figures).map(([name, value]) => `  ${name} ${value}`);
  const [first] = violations;
  if (first === undefined) return [`seed ${seed}: every invariant held`, ...lines].join('\n');
  const { invariant, atMs, text } = first;
  const more = violations.length === 1 ? '' : ` (and ${violations.length - 1} more: verdict.json)`;
  return [
    `seed ${seed}: invariant ${invariant} violated at ${(atMs / 1000).toFixed(3)} s: ${text}${more}`,
    ...lines,
  ].join('\n');
}

function log(line: string): void {
  process.stderr.write(`${line}\n`);
}
