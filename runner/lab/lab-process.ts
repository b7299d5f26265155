import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { LabError } from '../../linux/lab-error.ts';
import { installing } from '../this-user.ts';

/** Why a lab was ended before it ended itself. */
export type EndReason = 'wall timeout' | 'abort';

export interface LabEnd {
  /** `undefined`: it ended itself */
  readonly reason: EndReason | undefined;
  /** exit status of the lab's kernel, or of what should have become it */
  readonly code: number | null;
  /** what killed it */
  readonly signal: NodeJS.Signals | null;
}

interface LabProcessSpec {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** descriptor of the file that takes the console's text */
  readonly console: number;
  /** descriptors handed down as 3, 4, … */
  readonly files: readonly number[];
  /** `Infinity` for none */
  readonly wallTimeoutMs: number;
  readonly signal?: AbortSignal;
  /** gets a line to the lab, whose other end is handed down after `files` */
  readonly attach?: (line: LabLine) => void;
}

/** A line to a live lab. */
export interface LabLine {
  readonly stream: Duplex;
  /** Stops the lab: it takes no processor, and virtual time stands still. */
  pause(): void;
  resume(): void;
}

const GRACE_MS = 3000;

/**
 * Runs a lab until it ends, or ends it; no process of it is left afterwards.
 *
 * Returns how it ended. Throws LabError if it cannot be started. To be called on
 * the main thread: the lab ends when the thread that started it does.
 */
export async function runLabProcess(spec: LabProcessSpec): Promise<LabEnd> {
  const [program, ...args] = spec.command;
  const child = spawn(program, args, {
    cwd: spec.folder,
    env: spec.environment,
    stdio: [
      'ignore',
      spec.console,
      spec.console,
      ...spec.files,
      ...(spec.attach === undefined ? [] : ['pipe' as const]),
    ],
    // A process group of its own: it can be ended as a whole, and Ctrl-C at the terminal reaches only the runner.
    detached: true,
  });
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new LabError(`${program} cannot be started.`, { cause, remedy: installing(['util-linux']) });
  });
  const ended = once(child, 'exit');
  using _guard = spec.attach === undefined ? undefined : attachTo(child, spec.files.length, spec.attach);
  const reason = await firstOf(ended, spec);
  if (reason !== undefined) await end(child, ended);
  // A kernel that crashed, or was killed for want of memory, could not stop its programs.
  else if (child.exitCode !== 0) killGroup(child);
  return { reason, code: child.exitCode, signal: child.signalCode };
}

/** A stopped process gets no signal, not even that of its parent's death: a guard wakes it when this process is gone. */
function attachTo(child: ChildProcess, files: number, attach: (line: LabLine) => void): Disposable {
  const pid = child.pid!;
  const script = 'read -r _; kill -CONT "$1"';
  const guard = spawn('sh', ['-c', script, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  attach({
    stream: child.stdio[3 + files] as Duplex,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  });
  return { [Symbol.dispose]: () => void guard.kill('SIGKILL') };
}

async function firstOf(ended: Promise<unknown>, spec: LabProcessSpec): Promise<EndReason | undefined> {
  const { promise, resolve } = Promise.withResolvers<EndReason | undefined>();
  const onAbort = () => resolve('abort');
  const limited = Number.isFinite(spec.wallTimeoutMs);
  const timer = limited ? setTimeout(() => resolve('wall timeout'), spec.wallTimeoutMs) : undefined;
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
  child.kill('SIGCONT');
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
