import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endWithTest } from './end-with-test.ts';

const program = fileURLToPath(new URL('../../bin/handoff-lab', import.meta.url));
const PATIENCE_MS = 120_000;
const STEP_MS = 20;

/** A running `handoff-lab shell`, on a pipe or on a terminal of its own. */
export class ShellProcess implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(words: readonly string[], onTerminal = false) {
    const command = [program, 'shell', ...words];
    // script(1) gives its child a terminal and passes its own standard input on as keys.
    this.child = onTerminal
      ? spawn('script', ['--quiet', '--flush', '--return', '--command', command.join(' '), '/dev/null'])
      : spawn(program, command.slice(1));
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    endWithTest(this.child);
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Resolves when the output since `from` matches; returns the position behind the match. */
  async sees(pattern: RegExp, from = 0): Promise<number> {
    let end = 0;
    let gone = false;
    void this.ended.then(() => (gone = true));
    const what = () =>
      `output that matches ${pattern}, instead of ${JSON.stringify(this.stdout.slice(from))} ${this.stderr}`;
    await until(what, () => {
      const match = pattern.exec(this.stdout.slice(from));
      end = match === null ? 0 : from + match.index + match[0].length;
      return match !== null || gone;
    });
    if (end === 0) throw new Error(`the shell ended: ${this.stdout}${this.stderr}`);
    return end;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

/** The lab kernel that a runner has started. */
export async function labOf(runner: number): Promise<number> {
  const children = await readFile(`/proc/${runner}/task/${runner}/children`, 'utf8');
  for (const pid of children.trim().split(' ').map(Number)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('rdinit=/lab-init')) return pid;
  }
  throw new Error(`process ${runner} has no lab among its children: ${children}`);
}

/** `R`, `S`, `T` (stopped), …; `undefined` when there is no such process. */
export async function stateOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const state = /\) (\S)/.exec(text)?.[1];
  return state === 'Z' ? undefined : state;
}

/** Processor time that a process has taken, user and system, in the kernel's ticks. */
export async function processorTicksOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
    if (await holds()) return;
    await delay(STEP_MS);
  }
  throw new Error(`waited ${PATIENCE_MS} ms for ${typeof what === 'string' ? what : what()}`);
}
