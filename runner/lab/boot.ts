import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fullDisk } from '../full-disk.ts';
import { LabError } from '../lab-error.ts';
import { KERNEL_FD, labCommand, STAGE_FD } from './lab-command.ts';
import { type EndReason, type LabLine, runLabProcess } from './lab-process.ts';
import { memoryFolder } from './memory-folder.ts';
import { giveTo, unprivilegedUser } from './unprivileged.ts';

export interface BootSpec {
  /** path of the lab kernel, see `ensureKernel()` */
  readonly kernel: string;
  /** holds `init.sh`, appears at /run/job in the lab, is the one place of the host that the lab can write to */
  readonly jobFolder: string;
  /** appears read-only at /run/lab, see `ensureStage()` */
  readonly stageFolder?: string;
  /** all randomness of the lab descends from it; an integer from 0 */
  readonly seed: number;
  readonly clock: 'virtual' | 'wall';
  readonly memoryMb: number;
  /** the core to run on; pinned labs run twice as fast */
  readonly cpu?: number;
  /** the host's time after which the lab is ended from outside */
  readonly wallTimeoutMs: number;
  /** the lab's own time after which it ends itself, listing what every process waits for */
  readonly virtualTimeoutS: number;
  /** ends the lab */
  readonly signal?: AbortSignal;
  /** for a lab to talk to: gets, at the start, the line that appears as /dev/tty1 in the lab */
  readonly attach?: (line: LabLine) => void;
}

export interface LabRun {
  /** exit status of `init.sh`; 128 + the signal's number if it was killed */
  readonly status: number;
  /** what the lab printed, also in `console.txt` of the job folder */
  readonly console: string;
  /** from start to power-off, in the host's time */
  readonly wallMs: number;
}

/**
 * Boots a lab, runs `init.sh` as its root user, and powers off; a boot alone takes some 60 ms.
 *
 * Started as root, the lab runs as `nobody`, and the job folder's files belong to the present user again afterwards.
 * Whatever happens, also to this process, no process, memory or mount of the lab stays. Throws LabError with the
 * console's text when the lab cannot start, passes a time limit, is aborted or dies; a failed `init.sh` is a `status`.
 */
export async function bootLab(spec: BootSpec): Promise<LabRun> {
  const user = await unprivilegedUser();
  await prepare(spec);
  if (user !== undefined) await giveTo(user, spec.jobFolder);
  const started = performance.now();
  try {
    const reason = await runIn(spec, user);
    const wallMs = Math.round(performance.now() - started);
    const console = await readFile(join(spec.jobFolder, 'console.txt'), 'utf8');
    return { status: await readStatus(spec, reason, console), console, wallMs };
  } finally {
    // The kernel keeps its process number there and forgets it when it is killed.
    await rm(join(spec.jobFolder, '.uml'), { recursive: true, force: true });
    if (user !== undefined) await giveTo(0, spec.jobFolder);
  }
}

async function prepare(spec: BootSpec): Promise<void> {
  if (!Number.isSafeInteger(spec.seed) || spec.seed < 0) {
    throw new LabError(`A seed is an integer from 0, not ${spec.seed}.`);
  }
  await rm(join(spec.jobFolder, 'status'), { force: true });
  const stage = spec.stageFolder === undefined ? '' : `stage /proc/self/fd/${STAGE_FD}/.\n`;
  await writeFile(join(spec.jobFolder, 'lab.conf'), `timeout ${Math.ceil(spec.virtualTimeoutS)}\n${stage}`);
}

async function runIn(spec: BootSpec, user: number | undefined): Promise<EndReason | undefined> {
  const files: FileHandle[] = [];
  const opened = async (path: string, flags: string) => {
    const file = await open(path, flags).catch((cause: unknown) => {
      throw new LabError(`${path}, which the lab needs, cannot be opened.`, { cause });
    });
    files.push(file);
    return file.fd;
  };
  try {
    const console = await opened(join(spec.jobFolder, 'console.txt'), 'w');
    const kernel = await opened(spec.kernel, 'r');
    const stage = spec.stageFolder === undefined ? [] : [await opened(spec.stageFolder, 'r')];
    const lab = user === undefined ? spec : { ...spec, user };
    const { attach } = spec;
    return await runLabProcess({
      command: labCommand(attach === undefined ? lab : { ...lab, lineFd: KERNEL_FD + 1 + stage.length }),
      environment: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/proc/self/cwd',
        UML_SEED: String(spec.seed),
        TMPDIR: await memoryFolder(spec.memoryMb),
      },
      folder: spec.jobFolder,
      console,
      files: [kernel, ...stage],
      wallTimeoutMs: spec.wallTimeoutMs,
      ...(spec.signal === undefined ? {} : { signal: spec.signal }),
      ...(attach === undefined ? {} : { attach }),
    });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function readStatus(spec: BootSpec, reason: EndReason | undefined, console: string): Promise<number> {
  const text = await readFile(join(spec.jobFolder, 'status'), 'utf8').catch(() => '');
  const [, how, number] = /^(exit|signal) (\d+)\n$/.exec(text) ?? [];
  // A lab that wrote its status has done its work, even if power-off and the limit coincided.
  if (how !== undefined) return how === 'exit' ? Number(number) : 128 + Number(number);
  throw new LabError(failure(spec, reason, text), {
    command: `/proc/self/fd/${KERNEL_FD} is ${spec.kernel}; ${labCommand(spec).join(' ')}`,
    stderr: console,
    ...(reason === 'abort' ? {} : { remedy: await remedyFor(spec, reason, console) }),
  });
}

/** The job folder goes with the lab, so nothing in it is worth naming; its console is in the message. */
async function remedyFor(spec: BootSpec, reason: EndReason | undefined, printed: string): Promise<string> {
  const memory = await memoryFolder(0);
  const folders = { 'the job folder': spec.jobFolder, 'the memory of labs': memory };
  const full = await fullDisk(folders, printed);
  if (full !== undefined) return full;
  if (reason === 'wall timeout') return 'try again when this machine has less to do, or with --jobs 1';
  return `try again; if it happens again, look for a lack of memory (dmesg): a lab takes up to ${spec.memoryMb} MB, --jobs 1 runs one at a time`;
}

function failure(spec: BootSpec, reason: EndReason | undefined, status: string): string {
  if (reason === 'abort') return 'The lab was aborted.';
  if (reason === 'wall timeout') return `The lab did not end within ${spec.wallTimeoutMs} ms of wall time.`;
  if (status === 'timeout\n') {
    return `The lab did not end within ${spec.virtualTimeoutS} s of its own (${spec.clock}) time.`;
  }
  return 'The lab died without an exit status.';
}
