import { execa } from 'execa';
import type { Clock } from '../../experiments/experiment.ts';
import { LabError } from '../../linux/lab-error.ts';
import { isOptional, prerequisites } from '../doctor/prerequisites.ts';
import { type ProbeResult, probeScript, readProbe } from '../doctor/probe.ts';
import { LAB_PATH } from '../this-user.ts';
import { UsageError } from '../usage-error.ts';

const PROBE_TIMEOUT_MS = 60_000;

/** Throws UsageError if `--lab host` cannot be: not root, virtual time; LabError for a kernel that lacks something. */
export async function refuseHostLab(clock: Clock): Promise<void> {
  if (clock !== 'wall') {
    const remedy = 'add --clock wall, or use --lab uml';
    throw new UsageError('--clock', clock, 'is not possible on the running kernel (--lab host)', remedy);
  }
  if (process.getuid?.() !== 0)
    throw new UsageError('--lab', 'host', 'needs root', 'run it with sudo, or use --lab uml, which does not');
  const missing = (await probeRunningKernel()).filter(({ id, works }) => !works && !isOptional(id));
  if (missing.length === 0) return;
  throw new LabError(`--lab host is not possible: the running kernel lacks ${listOf(missing)}.`, {
    remedy: 'use --lab uml, whose kernel has it all, or see `handoff-lab doctor`',
  });
}

/** What a kernel lacks, in words: what each is for, the attempt's answer, the option that brings it. */
function listOf(missing: readonly ProbeResult[]): string {
  return missing
    .map(({ id, said }) => {
      const known = prerequisites.find((candidate) => candidate.id === id);
      return `${id} (${said}; needs ${known?.needs ?? 'unknown parts'})`;
    })
    .join(', ');
}

/** Tries the prerequisites on the running kernel, in namespaces that are gone afterwards. */
export async function probeRunningKernel(): Promise<readonly ProbeResult[]> {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const args = [...asRoot, '--net', '--mount', 'bash', '-c', probeScript()];
  const { stdout } = await execa('unshare', args, {
    timeout: PROBE_TIMEOUT_MS,
    env: { PATH: `${process.env.PATH ?? ''}:${LAB_PATH}` },
    stdin: 'ignore',
    reject: false,
  });
  // Where no namespace can be made, nothing is tried.
  return readProbe(stdout ?? '');
}
