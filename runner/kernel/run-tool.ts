import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from '../lab-error.ts';

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
  const { signal } = options;
  if (signal?.aborted) throw new LabError(`${command} was not started: interrupted.`);
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  using _group = guardGroup(child.pid, signal);
  const lines: string[] = [];
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    options.onLine?.(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new LabError(`${command} cannot be started.`, { cause })));
    child.once('close', resolve);
  });
  if (signal?.aborted) throw new LabError(`${command} was interrupted.`);
  if (code === 0) return lines.join('\n');
  throw new LabError(`${command} failed${code === null ? '' : ` with status ${code}`}.`, {
    command: [command, ...args].join(' '),
    stderr: stderr || lines.slice(-40).join('\n'),
    ...(options.remedy === undefined ? {} : { remedy: options.remedy }),
  });
}

/** Ends the group on an abort; a guard does so when this process is gone, which ends the guard's input. */
function guardGroup(group: number | undefined, signal: AbortSignal | undefined): Disposable {
  // Nothing was started: the spawn fails.
  if (group === undefined) return { [Symbol.dispose]: () => undefined };
  const script = 'read -r _; kill -s TERM -- "-$1"';
  const guard = spawn('sh', ['-c', script, 'sh', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const onAbort = (): void => {
    try {
      process.kill(-group, 'SIGTERM');
    } catch {
      // It ended just now.
    }
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    [Symbol.dispose]: () => {
      signal?.removeEventListener('abort', onAbort);
      guard.kill('SIGKILL');
    },
  };
}

/** Where a program of this name stands in one of `PATH`'s folders; `undefined` if nowhere. */
export function pathOf(program: string, path: string = process.env.PATH ?? ''): string | undefined {
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
