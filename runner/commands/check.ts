import { type Command, Option } from 'commander';
import { UsageError } from '../usage-error.ts';

/** Programs that a host may run, by what they need of it. */
const ROLES = ['member', 'home-agent', 'correspondent-node'] as const;

const WRONG = 2;
const CANNOT_SERVE = 3;

/** `check host`, `check FILE…`. */
export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description(
      'whether this host can run the programs, or whether configurations are good, alone and together',
    )
    .argument('<host-or-file...>', '`host`, or configurations of programs that work together')
    .addOption(new Option('--for <program>', 'with `host`: what it shall run; default: all').choices(ROLES))
    .option('--json', 'with `host`, for programs: { ok, findings }')
    .action(check);
}

async function check(
  words: readonly string[],
  { for: role, json }: { readonly for?: (typeof ROLES)[number]; readonly json?: boolean },
): Promise<void> {
  if (words.length === 1 && words[0] === 'host') return checkHost(role, json === true);
  if (words.includes('host'))
    throw new UsageError(
      'check',
      'host',
      'stands alone',
      'check files in a call of their own; a file of that name is ./host',
    );
  if (role !== undefined || json === true)
    throw new UsageError(
      role === undefined ? '--json' : '--for',
      role ?? 'true',
      'is for `check host`',
      'leave it out',
    );
  const { checkFiles } = await import('../../deploy/check-files.ts');
  const { good, lines } = checkFiles(words);
  (good ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
  process.exitCode = good ? 0 : WRONG;
}

async function checkHost(role: (typeof ROLES)[number] | undefined, json: boolean): Promise<void> {
  const { examineHost } = await import('../doctor/host.ts');
  const { describeFindings } = await import('../doctor/finding.ts');
  const findings = await examineHost(role === undefined ? ROLES : [role]);
  const ok = findings.every(({ verdict }) => verdict !== 'missing');
  const programs = role === undefined ? 'The programs' : `A ${role}`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ ok, findings }, undefined, 2)}\n`
      : describeFindings(findings, {
          whole: `${programs} can run here.`,
          lacking: `${programs} cannot run here`,
        }),
  );
  process.exitCode = ok ? 0 : CANNOT_SERVE;
}
