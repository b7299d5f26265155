import { chmod, copyFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { JobFolder } from '../job-folder.ts';
import { runTool } from '../kernel/run-tool.ts';
import { bootLab } from '../lab/boot.ts';
import { initScript } from '../lab/init-script.ts';
import { makeFolders } from '../make-folders.ts';
import { LEFT_OUT } from './programs.ts';

interface TreeSpec {
  /** empty, there */
  readonly folder: string;
  /** Debian packages, absolute */
  readonly files: readonly string[];
  readonly kernel: string;
  readonly signal?: AbortSignal;
}

/** What a lab mounts something on; `host`: this machine's own files. */
const MOUNT_POINTS = ['dev', 'host', 'proc', 'run', 'sys', 'tmp', 'root'];
/** Debian's folders are one since bookworm. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
const WALL_TIMEOUT_MS = 60_000;
const VIRTUAL_TIMEOUT_S = 600;
const MEMORY_MB = 256;

/** Unpacks packages into a root folder, as this user, without running a script of theirs. Throws LabError. */
export async function makeTree({ folder, files, kernel, signal }: TreeSpec): Promise<void> {
  for (const name of MERGED) {
    await makeFolders(join(folder, 'usr', name));
    await symlink(`usr/${name}`, join(folder, name));
  }
  const without = LEFT_OUT.map((path) => `--exclude='${path}'`).join(' ');
  const unpack = `for file; do dpkg-deb --fsys-tarfile "$file" | tar --extract --directory . --keep-directory-symlink --no-same-owner ${without} || exit; done`;
  await runTool('bash', ['-c', `set -o pipefail; ${unpack}`, 'unpack', ...files], {
    cwd: folder,
    ...(signal === undefined ? {} : { signal }),
  });
  await configure(folder);
  await openToAll(folder);
  await cacheLibraries(folder, kernel, signal);
}

/** What the packages' scripts would have written, as far as programs in a lab read it. */
async function configure(folder: string): Promise<void> {
  for (const name of MOUNT_POINTS) await makeFolders(join(folder, name));
  await rm(join(folder, 'var'), { recursive: true, force: true });
  await makeFolders(join(folder, 'var/cache/ldconfig'));
  await symlink('/tmp', join(folder, 'var/tmp'));
  await symlink('/run', join(folder, 'var/run'));
  for (const name of ['passwd', 'group'])
    await copyFile(join(folder, `usr/share/base-passwd/${name}.master`), join(folder, 'etc', name));
  await writeFile(
    join(folder, 'etc/nsswitch.conf'),
    'passwd: files\ngroup: files\nhosts: files\nprotocols: files\nservices: files\n',
  );
  await writeFile(join(folder, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  await writeFile(join(folder, 'etc/ld.so.cache'), '');
}

/** Labs that root starts run as another user, who has to be able to read everything. */
async function openToAll(folder: string): Promise<void> {
  await runTool('chmod', ['-R', 'a+rX,u+w', folder]);
  await chmod(folder, 0o755);
}

/**
 * Without a cache the linker looks into folders for each level of the processor's instruction set: other processors would make
 * other system calls. ldconfig runs where it is root: in a lab.
 */
async function cacheLibraries(
  folder: string,
  kernel: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using job = await JobFolder.create();
  await job.write('init.sh', initScript({ body: '/sbin/ldconfig -i -X -C /run/job/ld.so.cache' }));
  const run = await bootLab({
    kernel,
    userlandFolder: folder,
    jobFolder: job.path,
    seed: 1,
    clock: 'virtual',
    memoryMb: MEMORY_MB,
    wallTimeoutMs: WALL_TIMEOUT_MS,
    virtualTimeoutS: VIRTUAL_TIMEOUT_S,
    ...(signal === undefined ? {} : { signal }),
  });
  const made = (await readdir(job.path)).includes('ld.so.cache');
  if (run.status !== 0 || !made)
    throw new LabError('The lab’s programs could not be made ready: ldconfig failed.', {
      stderr: run.console,
    });
  await copyFile(join(job.path, 'ld.so.cache'), join(folder, 'etc/ld.so.cache'));
  await chmod(join(folder, 'etc/ld.so.cache'), 0o644);
}
