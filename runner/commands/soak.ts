import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { checkSoak, type SoakVerdict } from '../../analysis/soak/check-soak.ts';
import { allowedProcessors } from '../cells/processors.ts';
import { LabError } from '../lab-error.ts';
import { checkSize } from '../soak/check-size.ts';
import { planSoak, wholeSystem } from '../soak/plan.ts';
import { runSoak } from '../soak/run-soak.ts';
import { wholeNumber } from './arguments.ts';

interface SoakFlags {
  readonly seed: number;
  readonly minutes: number;
  readonly members: number;
  readonly contacts: number;
  readonly clients: number;
  readonly plain: number;
  readonly filtered: number;
  readonly out?: string;
}

/** Of wall time, for the lab alone; it takes about a third of its virtual time, more on a busy machine. */
const wallBaseMs = 600_000;
const wallPerMinuteMs = 60_000;

/** `soak`: the whole system under random disturbances; status 0 when every invariant held, 1 when one did not. */
export function addSoakCommand(program: Command, signal: AbortSignal): void {
  const { members, contactAddresses, clients, plainClients, filteredClients } = wholeSystem;
  program
    .command('soak')
    .description(
      'random handoffs, kills, cuts and returns in the whole system, drawn from a seed; checks what must always hold',
    )
    .option('--seed <n>', 'seed of all that happens', wholeNumber('--seed', 0), 1)
    .option('--minutes <n>', 'virtual minutes', wholeNumber('--minutes', 1), 30)
    .option('--members <n>', 'members of the server', wholeNumber('--members', 2), members)
    .option('--contacts <n>', 'contact addresses', wholeNumber('--contacts', 1), contactAddresses)
    .option('--clients <n>', 'clients of all kinds', wholeNumber('--clients', 1), clients)
    .option('--plain <n>', 'of them without Mobile IPv6', wholeNumber('--plain', 0), plainClients)
    .option('--filtered <n>', 'of them behind a filter', wholeNumber('--filtered', 0), filteredClients)
    .option('--out <dir>', 'folder for capture, logs and verdict (default: out/soak/seed-<n>)')
    .action((flags: SoakFlags) => soak(flags, signal));
}

async function soak(flags: SoakFlags, signal: AbortSignal): Promise<void> {
  const { seed, minutes, members, contacts, clients, plain, filtered } = flags;
  const folder = resolve(flags.out ?? `out/soak/seed-${seed}`);
  const size = {
    members,
    contactAddresses: contacts,
    clients,
    plainClients: plain,
    filteredClients: filtered,
    minutes,
  };
  checkSize(seed, size);
  const plan = planSoak(seed, size);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  log(`soak: seed ${seed}, ${minutes} virtual minutes, ${plan.visits.length} visits, into ${folder}`);
  // Soaks of several seeds beside each other would share one processor, while another is idle.
  const processors = allowedProcessors();
  const cpu = processors[seed % Math.max(1, processors.length)];
  const { wallMs, orderly } = await runSoak(plan, {
    folder,
    wallTimeoutMs: wallBaseMs + minutes * wallPerMinuteMs,
    signal,
    ...(cpu === undefined ? {} : { cpu }),
    log,
  });
  const verdict = checkSoak(folder);
  await writeFile(join(folder, 'verdict.json'), `${JSON.stringify(verdict, undefined, 1)}\n`);
  process.stdout.write(`${describe(verdict)}\n`);
  log(`soak: ${Math.round(wallMs / 1000)} s of wall time`);
  process.exitCode = verdict.violations.length === 0 ? 0 : 1;
  if (!orderly && verdict.violations.length === 0)
    throw new LabError(`seed ${seed}: the lab itself has failed`, { remedy: `look into ${folder}` });
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
