import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from '../../../linux/lab-error.ts';

/** beside the bundle that runs this */
const RECIPE_HOST = join(dirname(process.argv[1] ?? '.'), 'recipe-host.cjs');

/** One namespace of the lab with a `recipe-host` process in it that takes commands one after another. */
export class LabNode {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #replies: AsyncIterator<string>;

  constructor(name: string) {
    this.name = name;
    this.#process = spawn('ip', ['netns', 'exec', name, process.execPath, RECIPE_HOST], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#replies = createInterface({ input: this.#process.stdout! })[Symbol.asyncIterator]();
  }

  /** The command's value; throws what the command threw. */
  async ask(...command: readonly string[]): Promise<unknown> {
    this.#process.stdin!.write(`${JSON.stringify(command)}\n`);
    const { value, done } = await this.#replies.next();
    if (done) throw new LabError('a node ended', { node: this.name, command: command.join(' ') });
    const reply: { value?: unknown; error?: string } = JSON.parse(value);
    if (reply.error === undefined) return reply.value;
    throw new LabError('a node refused', {
      node: this.name,
      command: command.join(' '),
      stderr: reply.error,
    });
  }

  /** Standard output of a command run in the namespace. */
  run(command: string, ...words: readonly string[]): string {
    return execFileSync('ip', ['netns', 'exec', this.name, command, ...words], { encoding: 'utf8' });
  }

  /** Starts a command in the namespace and waits for its first line, `ready`; `output` is the rest, or how it failed. */
  async start(command: string, ...words: readonly string[]): Promise<{ readonly output: Promise<string> }> {
    const child = spawn('ip', ['netns', 'exec', this.name, command, ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    const first = await lines.next();
    const rest = async () => {
      const { value } = await lines.next();
      const status = await closed;
      return status === 0 ? String(value) : `${command} ${words.join(' ')}: status ${status}`;
    };
    return { output: first.value === 'ready' ? rest() : Promise.resolve(`not ready: ${first.value}`) };
  }

  end(): void {
    this.#process.stdin!.end();
  }
}
