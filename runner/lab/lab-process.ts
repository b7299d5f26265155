import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { LabError } from '../lab-error.ts';

/** Why a lab was ended before it ended itself. */
export type EndReason = 'wall timeout' | 'abort';

export interface LabProcessSpec {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** descriptor of the file that takes the console's text */
  readonly console: number;
  /** descriptors handed down as 3, 4, … */
  readonly files: readonly number[];
  readonly wallTimeoutMs: number;
  readonly signal?: AbortSignal;
}

const GRACE_MS = 3000;

/**
 * Runs a lab until it ends, or ends it; no process of it is left afterwards.
 *
 * Returns why it was ended, `undefined` if it ended itself. Throws LabError if it cannot be started. To be called on
 * the main thread: the lab ends when the thread that started it does.
 */
export async function runLabProcess(spec: LabProcessSpec): Promise<EndReason | undefined> {
  const [program, ...args] = spec.command;
  const child = spawn(program, args, {
    cwd: spec.folder,
    env: spec.environment,
    stdio: ['ignore', spec.console, spec.console, ...spec.files],
    // A process group of its own: it can be ended as a whole, and Ctrl-C at the terminal reaches only the runner.
    detached: true,
  });
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new LabError(`${program} cannot be started.`, { cause, remedy: 'apt-get install util-linux' });
  });
  const ended = once(child, 'exit');
  const reason = await firstOf(ended, spec);
  if (reason !== undefined) await end(child, ended);
  // A kernel that crashed, or was killed for want of memory, could not stop its programs.
  else if (child.exitCode !== 0) killGroup(child);
  return reason;
}

async function firstOf(ended: Promise<unknown>, spec: LabProcessSpec): Promise<EndReason | undefined> {
  const { promise, resolve } = Promise.withResolvers<EndReason | undefined>();
  const onAbort = () => resolve('abort');
  const timer = setTimeout(() => resolve('wall timeout'), spec.wallTimeoutMs);
  spec.signal?.addEventListener('abort', onAbort, { once: true });
  if (spec.signal?.aborted) onAbort();
  void ended.then(() => resolve(undefined));
  const reason = await promise;
  clearTimeout(timer);
  spec.signal?.removeEventListener('abort', onAbort);
  return reason;
}

/** SIGTERM first: a kernel that is killed outright leaves its spinning programs behind. */
async function end(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => killGroup(child), GRACE_MS);
  await ended;
  clearTimeout(timer);
  killGroup(child);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}
