import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import { installing } from '../this-user.ts';
import { UsageError } from '../usage-error.ts';

/** flock(1) ends with it when another process holds the lock. */
const heldStatus = 75;
/** Long enough for the holder of a runner that was killed to tidy up. */
const waitS = 2;
/** With the lock: waits for its owner's end, however it comes, and removes what it may have left. A lab that is ending may still write there. */
const holding = 'echo taken; cat; for _ in 1 2 3 4 5 6 7 8 9 10; do rm -rf -- "$@" && break; sleep 0.1; done';

/**
 * Locks the folder, which must be there, against other runs; disposing of the result lets the next one in.
 *
 * The kernel keeps the lock (flock(2), on the folder itself: no file is left behind) in a child that ends with its input
 * pipe, so the lock of a process that died, however it died, is free at once; first the `temporary` paths are removed.
 * Throws UsageError when the lock is taken.
 */
export async function lockFolder(
  folder: string,
  field: string,
  temporary: readonly string[] = [],
): Promise<AsyncDisposable> {
  const args = ['--exclusive', '--wait', String(waitS), '--conflict-exit-code', String(heldStatus), folder];
  const paths = temporary.map((path) => resolve(path));
  const holder = spawn('flock', [...args, 'sh', '-c', holding, 'sh', ...paths], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C must not let go of the lock while labs are still being ended.
    detached: true,
  });
  let complaint = '';
  holder.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const ended = once(holder, 'close').catch((cause: unknown) => {
    throw new LabError('flock cannot be started', { cause, remedy: installing(['util-linux']) });
  });
  const taken = once(holder.stdout, 'data').then(() => true);
  taken.catch(() => undefined);
  if (!(await Promise.race([taken, ended.then(() => false)]))) {
    if (holder.exitCode === heldStatus)
      throw new UsageError(
        field,
        folder,
        'is being written to by another run',
        'wait for its end, or give another folder',
      );
    throw new LabError(`${folder} cannot be locked`, {
      command: `flock ${args.join(' ')}`,
      stderr: complaint,
    });
  }
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await ended;
    },
  };
}
