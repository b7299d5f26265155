import { open, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import type { LabRun } from '../lab/boot.ts';
import type { Lab, LabJob } from '../lab/lab.ts';
import { type EndReason, runLabProcess } from '../lab/lab-process.ts';
import { LAB_PATH } from '../this-user.ts';
import { ENTER_SCRIPT } from './enter.ts';

/**
 * A lab on the running kernel: the same `init.sh`, as root, in mount, network, process, name and IPC namespaces of its own.
 * Outside nothing is touched: all mounts are private and read-only but the job folder, all links and rules are in
 * namespaces that end with the lab. In real time, and without a seed: the kernel's own randomness is not the lab's.
 *
 * Throws LabError when the namespaces cannot be made, a time limit passes, or the lab is aborted.
 */
export const hostLab: Lab = async (job: LabJob): Promise<LabRun> => {
  if (job.clock !== 'wall') throw new LabError('The running kernel has no virtual time.', { remedy: REMEDY });
  const statusFile = join(job.jobFolder, 'status');
  const consoleFile = join(job.jobFolder, 'console.txt');
  await rm(statusFile, { force: true });
  const started = performance.now();
  const reason = await runIn(job, consoleFile);
  const wallMs = Math.round(performance.now() - started);
  const console = await readFile(consoleFile, 'utf8');
  const [, status] = /^exit (\d+)\n$/.exec(await readFile(statusFile, 'utf8').catch(() => '')) ?? [];
  if (status !== undefined) return { status: Number(status), console, wallMs };
  throw new LabError(await failure(job, reason, statusFile), {
    command: [...namespaces(job), 'bash', '-c', '(runner/host-lab/enter.ts)'].join(' '),
    stderr: console,
    ...(reason === 'abort' ? {} : { remedy: REMEDY }),
  });
};

const REMEDY = 'leave --lab host out: the default lab needs no privileges and no kernel modules';

async function failure(job: LabJob, reason: EndReason | undefined, statusFile: string): Promise<string> {
  if (reason === 'abort') return 'The lab was aborted.';
  if (reason === 'wall timeout') return `The lab did not end within ${job.wallTimeoutMs} ms.`;
  const text = await readFile(statusFile, 'utf8').catch(() => '');
  if (text === 'timeout\n') return `The lab did not end within ${job.virtualTimeoutS} s.`;
  return 'The lab could not get namespaces of its own on this kernel.';
}

async function runIn(job: LabJob, consoleFile: string): Promise<EndReason | undefined> {
  const console = await open(consoleFile, 'w');
  try {
    const { reason } = await runLabProcess({
      command: command(job),
      environment: {
        PATH: LAB_PATH,
        HOME: '/tmp',
        LC_ALL: 'C',
        TZ: 'UTC',
        TERM: 'dumb',
      },
      folder: '/',
      console: console.fd,
      files: [],
      wallTimeoutMs: job.wallTimeoutMs,
      ...(job.signal === undefined ? {} : { signal: job.signal }),
    });
    return reason;
  } finally {
    await console.close();
  }
}

function command(job: LabJob): [string, ...string[]] {
  const { jobFolder, stageFolder = jobFolder, virtualTimeoutS } = job;
  const args = [String(Math.ceil(virtualTimeoutS)), resolve(jobFolder), resolve(stageFolder)];
  return [...namespaces(job), 'bash', '-c', ENTER_SCRIPT, 'host-lab', ...args];
}

/** The kernel ends every process of a process namespace with its first one, whatever ends that. */
function namespaces({ cpu }: LabJob): [string, ...string[]] {
  return [
    ...(['setpriv', '--pdeathsig', 'KILL'] as const),
    ...(cpu === undefined ? [] : ['taskset', '--cpu-list', String(cpu)]),
    ...['unshare', '--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--kill-child=KILL'],
  ];
}
