import { type FileHandle, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { fullDisk } from '../full-disk.ts';
import { LAB_PATH } from '../this-user.ts';
import type { BootSpec } from './boot-spec.ts';
import { KERNEL_FD, labCommand } from './lab-command.ts';
import { deathOf } from './lab-death.ts';
import { type LabEnd, runLabProcess } from './lab-process.ts';
import { layoutCanBeFixed } from './layout.ts';
import { memoryFolder } from './memory-folder.ts';
import { giveTo, unprivilegedUser } from './unprivileged.ts';

export interface LabRun {
  /** exit status of `init.sh`; 128 + the signal's number if it was killed */
  readonly status: number;
  /** what the lab printed, also in `console.txt` of the job folder */
  readonly console: string;
  /** from start to power-off, in the host's time */
  readonly wallMs: number;
}

/**
 * The kernel is linked statically, so its thread's rseq area (rseq(2)) lies where its programs' memory does, and is unmapped in them; the
 * host's kernel, which goes on writing there, would kill every program.
 */
const GLIBC_TUNABLES = 'glibc.pthread.rseq=0';

/**
 * Boots a lab, runs `init.sh` as its root user, and powers off; a boot alone takes some 60 ms.
 *
 * Started as root, the lab runs as `nobody`, and the job folder's files belong to the present user again afterwards.
 * Whatever happens, also to this process, no process, memory or mount of the lab stays. Throws LabError with the
 * console's text when the lab cannot start, passes a time limit, is aborted or dies; a failed `init.sh` is a `status`.
 */
export async function bootLab(spec: BootSpec): Promise<LabRun> {
  const user = await unprivilegedUser();
  const memory = await memoryFolder(spec.memoryMb);
  await prepare(spec);
  if (user !== undefined) await giveTo(user, spec.jobFolder);
  const started = performance.now();
  try {
    const end = await runIn(spec, user, memory);
    const wallMs = Math.round(performance.now() - started);
    const console = await readFile(join(spec.jobFolder, 'console.txt'), 'utf8');
    return { status: await readStatus(spec, { end, console, memory }), console, wallMs };
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
  const lines = [
    `timeout ${Math.ceil(spec.virtualTimeoutS)}`,
    ...folders(spec).map(([word], index) => `${word} /proc/self/fd/${KERNEL_FD + 1 + index}/.`),
  ];
  await writeFile(join(spec.jobFolder, 'lab.conf'), `${lines.join('\n')}\n`);
}

/** What the lab is shown of the host, in the order of the descriptors behind the kernel's: word of lab.conf, folder. */
function folders(spec: BootSpec): readonly (readonly [string, string])[] {
  const { stageFolder, userlandFolder } = spec;
  return [
    ...(stageFolder === undefined ? [] : [['stage', stageFolder] as const]),
    ...(userlandFolder === undefined ? [] : [['userland', userlandFolder] as const]),
  ];
}

/** `memory`: the folder for the file that is the lab's memory */
async function runIn(spec: BootSpec, user: number | undefined, memory: string): Promise<LabEnd> {
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
    const shown: number[] = [];
    for (const [, folder] of folders(spec)) shown.push(await opened(folder, 'r'));
    const lab = { ...spec, ...(user === undefined ? {} : { user }), fixedLayout: layoutCanBeFixed() };
    const { attach } = spec;
    return await runLabProcess({
      command: labCommand(attach === undefined ? lab : { ...lab, lineFd: KERNEL_FD + 1 + shown.length }),
      environment: {
        PATH: LAB_PATH,
        HOME: '/proc/self/cwd',
        UML_SEED: String(spec.seed),
        GLIBC_TUNABLES,
        TMPDIR: memory,
      },
      folder: spec.jobFolder,
      console,
      files: [kernel, ...shown],
      wallTimeoutMs: spec.wallTimeoutMs,
      ...(spec.signal === undefined ? {} : { signal: spec.signal }),
      ...(attach === undefined ? {} : { attach }),
    });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function readStatus(
  spec: BootSpec,
  { end, console, memory }: { readonly end: LabEnd; readonly console: string; readonly memory: string },
): Promise<number> {
  const text = await readFile(join(spec.jobFolder, 'status'), 'utf8').catch(() => '');
  const [, how, number] = /^(exit|signal) (\d+)\n$/.exec(text) ?? [];
  // A lab that wrote its status has done its work, even if power-off and the limit coincided.
  if (how !== undefined) return how === 'exit' ? Number(number) : 128 + Number(number);
  const full = await fullDisk({ 'the job folder': spec.jobFolder, 'the memory of labs': memory }, console);
  const death = deathOf({ ...spec, end, console, status: text, full });
  throw new LabError(death.summary, {
    command: `/proc/self/fd/${KERNEL_FD} is ${spec.kernel}; ${labCommand(spec).join(' ')}`,
    stderr: console,
    ...(death.remedy === undefined ? {} : { remedy: death.remedy }),
  });
}
