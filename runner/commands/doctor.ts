import type { Command } from 'commander';
import { cacheFolder } from '../cache-folder.ts';
import { labMemoryMb } from '../cells/fingerprint.ts';
import { describeFindings, type Finding } from '../doctor/finding.ts';
import { examineInstallation } from '../doctor/installation.ts';
import { examineLabKernel, findLabKernel, probeFindings } from '../doctor/lab-kernel.ts';
import { examineMachine } from '../doctor/machine.ts';
import { examineNode } from '../doctor/node.ts';
import { NOT_TRIED } from '../doctor/probe.ts';
import { probeRunningKernel } from '../host-lab/refuse.ts';

const CANNOT_START = 3;

/** `doctor`: status 0 when the default lab can run, 3 when it cannot. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('what this machine can do, what is missing, and the remedy')
    .option('--node', 'of a machine that shall only measure: what a run needs, and nothing that builds it')
    .option('--json', 'for programs: { ok, findings }')
    .action(doctor);
}

interface DoctorFlags {
  readonly json?: boolean;
  readonly node?: boolean;
}

async function doctor({ json, node }: DoctorFlags): Promise<void> {
  const cacheDir = cacheFolder();
  const kernel = await findLabKernel(cacheDir);
  const findings: readonly Finding[] = node
    ? await examineNode({ cacheDir, kernel })
    : [
        ...(await examineMachine(labMemoryMb)),
        ...(await examineInstallation(kernel !== undefined)),
        ...(await examineLabKernel(kernel, labMemoryMb)),
        ...(await runningKernel()),
      ];
  const ok = findings.every(({ verdict }) => verdict !== 'missing');
  process.stdout.write(
    json ? `${JSON.stringify({ ok, findings }, undefined, 2)}\n` : describeFindings(findings),
  );
  process.exitCode = ok ? 0 : CANNOT_START;
}

async function runningKernel(): Promise<readonly Finding[]> {
  const results = await probeRunningKernel();
  const area = 'running kernel';
  const whole = results.every((result) => result.works);
  const root = process.getuid?.() === 0;
  const untried = results.every(({ said }) => said === NOT_TRIED);
  const lacks = untried
    ? 'its kernel was not tried: no network namespace can be made here (a container, or user namespaces are restricted), or there is no `ip`'
    : 'its kernel lacks what is noted below';
  const text = [
    whole ? 'its kernel has everything' : lacks,
    root ? 'you are root' : 'you are not root, which it needs',
  ].join('; ');
  const verdict = whole && root ? 'ok' : 'note';
  return [{ area, id: '--lab host', verdict, text }, ...probeFindings(area, results, 'note')];
}
