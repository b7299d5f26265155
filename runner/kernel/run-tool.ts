import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { LabError } from '../../linux/lab-error.ts';

interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** gets every line of standard output as it appears */
  readonly onLine?: (line: string) => void;
  readonly remedy?: string;
  /** ends the tool, with all that it started */
  readonly signal?: AbortSignal;
}

/**
 * Becomes the tool, and leaves a guard in its process group, which ends the group when the line to this process (descriptor 3) is
 * cut. The guard is there before the tool: whenever this process dies, nothing that it started goes on.
 */
const GUARDED = '{ read -r _; kill -s TERM 0; } <&3 >/dev/null 2>&1 & exec "$@" 3<&-';

/**
 * Runs a build tool to its end and returns its standard output.
 *
 * When this process dies, however it dies, or the signal aborts, the tool ends with all that it started: they are a process
 * group of their own. Throws LabError with the command and what it printed.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const { signal, env = process.env } = options;
  if (signal?.aborted) throw new LabError(`${command} was not started: interrupted.`);
  if (pathOf(command, env.PATH) === undefined)
    throw new LabError(`${command} cannot be started: it is not there.`);
  const child = spawn('sh', ['-c', GUARDED, 'sh', command, ...args], {
    cwd: options.cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  using _group = groupOf(child, signal);
  const lines: string[] = [];
  let stderr = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    options.onLine?.(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new LabError(`${command} cannot be started.`, { cause })));
    // Not `close`: the guard's line is open until this group is disposed of.
    void Promise.all([once(child, 'exit'), once(child.stdout!, 'close'), once(child.stderr!, 'close')]).then(
      () => resolve(child.exitCode),
      () => undefined,
    );
  });
  if (signal?.aborted) throw new LabError(`${command} was interrupted.`);
  if (code === 0) return lines.join('\n');
  throw new LabError(`${command} failed${code === null ? '' : ` with status ${code}`}.`, {
    command: [command, ...args].join(' '),
    stderr: stderr || lines.slice(-40).join('\n'),
    ...(options.remedy === undefined ? {} : { remedy: options.remedy }),
  });
}

/** Ends the group on an abort; cuts the guard's line at the end, which ends what the tool has left. */
function groupOf(child: ChildProcess, signal: AbortSignal | undefined): Disposable {
  const onAbort = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It ended just now.
    }
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', onAbort);
      (child.stdio[3] as Duplex | null | undefined)?.destroy();
    },
  };
}

/** Where a program of this name stands in one of `PATH`'s folders; `undefined` if nowhere. A path is itself. */
export function pathOf(program: string, path: string = process.env.PATH ?? ''): string | undefined {
  if (program.includes('/')) return isExecutable(program) ? program : undefined;
  return path
    .split(':')
    .map((folder) => join(folder, program))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
