import { readFile, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { LabError } from '../../linux/lab-error.ts';

const BYTES_PER_MB = 2 ** 20;
const WRITABLE_BY_ALL = 0o002;

/**
 * Chooses the folder for the file that serves as a lab's memory: it is deleted as soon as it is open, but needs room,
 * and a file system that lets programs run from it. Containers often restrict /dev/shm in both.
 *
 * Throws LabError if none will do.
 */
export async function memoryFolder(
  memoryMb: number,
  candidates: readonly string[] = ['/dev/shm', tmpdir(), '/var/tmp'],
): Promise<string> {
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  const objections: string[] = [];
  for (const folder of candidates) {
    const objection = mountOptions(mounts, folder).includes('noexec')
      ? 'is mounted noexec'
      : await lackOfRoom(folder, memoryMb);
    if (objection === undefined) return folder;
    objections.push(`${folder} ${objection}`);
  }
  throw new LabError(`There is no folder for a lab's memory of ${memoryMb} MB: ${objections.join(', ')}.`, {
    remedy: `point TMPDIR to a folder with ${memoryMb} MB of room (in a container: --tmpfs /tmp:exec,size=4g)`,
  });
}

async function lackOfRoom(folder: string, memoryMb: number): Promise<string | undefined> {
  const found = await statfs(folder).catch(() => undefined);
  if (found === undefined) return 'is not there';
  // A lab that root starts runs as a user who owns nothing.
  if (process.getuid?.() === 0 && ((await stat(folder)).mode & WRITABLE_BY_ALL) === 0)
    return 'is not for everybody to write';
  const freeMb = Math.floor((found.bavail * found.bsize) / BYTES_PER_MB);
  return freeMb < memoryMb ? `has ${freeMb} MB left` : undefined;
}

/** The options of the mount that holds `folder`: that with the longest matching path, of those the last. */
export function mountOptions(mounts: string, folder: string): string[] {
  let best = { path: '', options: '' };
  for (const line of mounts.split('\n')) {
    const [, path = '', , options = ''] = line.split(' ');
    const holds = path === '/' || folder === path || folder.startsWith(`${path}/`);
    if (path !== '' && holds && path.length >= best.path.length) best = { path, options };
  }
  return best.options.split(',');
}
