import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { LabError } from '../lab-error.ts';
import { UsageError } from '../usage-error.ts';

/** flock(1) ends with it when another process holds the lock. */
const heldStatus = 75;

/**
 * Locks the folder, which must be there, against other runs; disposing of the result lets the next one in.
 *
 * The kernel keeps the lock (flock(2), on the folder itself: no file is left behind) in a child that ends with its input
 * pipe, so the lock of a process that died, however it died, is free at once. Throws UsageError when it is taken.
 */
export async function lockFolder(folder: string, field: string): Promise<AsyncDisposable> {
  const args = ['--exclusive', '--nonblock', '--conflict-exit-code', String(heldStatus), folder];
  const holder = spawn('flock', [...args, 'sh', '-c', 'echo taken; exec cat'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C must not let go of the lock while labs are still being ended.
    detached: true,
  });
  let complaint = '';
  holder.stderr.on('data', (text: Buffer) => {
    complaint += text.toString();
  });
  const ended = once(holder, 'close').catch((cause: unknown) => {
    throw new LabError('flock cannot be started', { cause, remedy: 'apt-get install util-linux' });
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
