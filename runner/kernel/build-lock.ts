import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { LabError } from '../../linux/lab-error.ts';

const LONGEST_WAIT_S = 3600;

/** A held lock; disposing of it lets the next one in. */
type BuildLock = AsyncDisposable;

/**
 * Waits until no other process holds the lock on `file`, and takes it.
 *
 * The kernel keeps the lock (flock(2)) in a child that ends with its input pipe, so the lock of a process that died,
 * however it died, is free again at once. Throws LabError after an hour.
 */
export async function takeBuildLock(file: string): Promise<BuildLock> {
  const args = ['--exclusive', '--wait', String(LONGEST_WAIT_S), file, 'sh', '-c', 'echo taken; exec cat'];
  const holder = spawn('flock', args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'close');
  const taken = once(holder.stdout, 'data').then(() => true);
  const refused = ended.then(() => false);
  if (!(await Promise.race([taken, refused]))) {
    throw new LabError('Another build of the lab kernel did not end.', {
      command: `flock ${args.join(' ')}`,
      remedy: `look for the process that holds ${file} (fuser ${file})`,
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}
