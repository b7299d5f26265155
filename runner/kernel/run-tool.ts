import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from '../lab-error.ts';

export interface ToolOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** gets every line of standard output as it appears */
  readonly onLine?: (line: string) => void;
  readonly remedy?: string;
}

/**
 * Runs a build tool to its end and returns its standard output.
 *
 * The tool gets SIGTERM when this process dies. Throws LabError with the command and what it printed.
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const child = spawn('setpriv', ['--pdeathsig', 'TERM', command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
  if (code === 0) return lines.join('\n');
  throw new LabError(`${command} failed${code === null ? '' : ` with status ${code}`}.`, {
    command: [command, ...args].join(' '),
    stderr: stderr || lines.slice(-40).join('\n'),
    ...(options.remedy === undefined ? {} : { remedy: options.remedy }),
  });
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
