import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endWithTest } from './end-with-test.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));

export interface CliEnd {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `bin/handoff-lab` of `root` with these words, through `launcher` where there is one. `onLine` sees each line of standard output as it
 * comes, and may signal the process.
 */
export async function runCli(
  words: readonly string[],
  onLine: (line: string, child: ChildProcess) => void = () => undefined,
  env: NodeJS.ProcessEnv = process.env,
  launcher: readonly string[] = [],
  root = checkout,
): Promise<CliEnd> {
  // SIGKILL: a command that hangs may hang in its own end. Its labs end with it.
  const limits = { timeout: 300_000, killSignal: 'SIGKILL' } as const;
  const [first, ...rest] = [...launcher, join(root, 'bin/handoff-lab'), ...words];
  const child = endWithTest(spawn(first!, rest, { stdio: ['ignore', 'pipe', 'pipe'], ...limits, env }));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    onLine(line, child);
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { status, signal, stdout: `${lines.join('\n')}\n`, stderr };
}
