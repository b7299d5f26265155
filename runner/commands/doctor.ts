import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { cacheFolder } from '../cache-folder.ts';
import { labMemoryMb } from '../cells/lab-memory.ts';
import { examineCache } from '../doctor/cache.ts';
import { describeFindings, type Finding } from '../doctor/finding.ts';
import { examineInstallation } from '../doctor/installation.ts';
import { examineLabKernel, findLabKernel, probeFindings } from '../doctor/lab-kernel.ts';
import { examineMachine } from '../doctor/machine.ts';
import { examineNode } from '../doctor/node.ts';
import { isOptional } from '../doctor/prerequisites.ts';
import { NOT_TRIED } from '../doctor/probe.ts';
import { probeRunningKernel } from '../host-lab/refuse.ts';
import type { LabKernel } from '../kernel/finished-kernels.ts';
import { missingCapabilities } from '../this-user.ts';
import { UsageError } from '../usage-error.ts';
import { cachedUserland } from '../userland/ensure-userland.ts';

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
  const { kernel, complete, refused } = await lookInCache();
  const findings: readonly Finding[] = node
    ? (refused ?? (await examineNode({ cacheDir: cacheFolder(), kernel })))
    : [
        ...(await examineMachine(labMemoryMb)),
        ...(await examineCache(complete)),
        ...(await examineInstallation(kernel !== undefined)),
        ...(refused ?? (await examineLabKernel(kernel, labMemoryMb))),
        ...(await runningKernel()),
      ];
  const ok = findings.every(({ verdict }) => verdict !== 'missing');
  process.stdout.write(
    json ? `${JSON.stringify({ ok, findings }, undefined, 2)}\n` : describeFindings(findings),
  );
  process.exitCode = ok ? 0 : CANNOT_START;
}

interface InCache {
  readonly kernel?: LabKernel | undefined;
  /** kernel and programs are there */
  readonly complete: boolean;
  /** a variable that says what cannot be: nothing of the lab kernel can be looked at */
  readonly refused?: readonly Finding[];
}

async function lookInCache(): Promise<InCache> {
  try {
    const kernel = await findLabKernel(cacheFolder());
    return { kernel, complete: kernel !== undefined && (await cachedUserland(cacheFolder())) !== undefined };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { field, message, remedy } = error;
    // The cache's own finding says it.
    if (field === 'HOME') return { complete: false, refused: [] };
    return {
      complete: false,
      refused: [{ area: 'lab kernel', id: field, verdict: 'missing', text: message, remedy }],
    };
  }
}

async function runningKernel(): Promise<readonly Finding[]> {
  const results = await probeRunningKernel();
  const area = 'running kernel';
  const whole = results.every(({ id, works }) => works || isOptional(id));
  const root = process.getuid?.() === 0;
  const untried = results.every(({ said }) => said === NOT_TRIED);
  const lacks = untried
    ? 'its kernel was not tried: no network namespace can be made here (a container, or user namespaces are restricted), or there is no `ip`'
    : 'its kernel lacks what is noted below';
  const missing = missingCapabilities(await readFile('/proc/self/status', 'utf8'), [
    'NET_ADMIN',
    'NET_RAW',
    'SYS_ADMIN',
  ]);
  const powers =
    missing.length === 0
      ? 'you are root'
      : `you are root without ${missing.map((name) => `CAP_${name}`).join(', ')}`;
  const text = [
    whole ? 'its kernel has everything' : lacks,
    root ? powers : 'you are not root, which it needs',
  ].join('; ');
  const verdict = whole && root ? 'ok' : 'note';
  return [{ area, id: '--lab host', verdict, text }, ...probeFindings(area, results, 'note')];
}
