import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../linux/lab-error.ts';
import type { ConductedCommand } from './conductor-config.ts';

/** How a process ended: its exit status, or 128 and the number of the signal that ended it, as shells count. */
export interface Ending {
  readonly status: number;
  /** it was told to end by this program, and not before */
  readonly asked: boolean;
}

const signalNumbers = { SIGKILL: 9, SIGTERM: 15 } as const;
type Signal = keyof typeof signalNumbers;

/** A process in a namespace of the lab that may be started and ended again and again. */
export class ConductedProcess {
  readonly name: string;
  readonly command: ConductedCommand;
  readonly #outputFolder: string;
  readonly #onEnd: (ending: Ending) => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();
  #asked = false;

  /** `onEnd` is called at every end, also one that was asked for. */
  constructor(
    name: string,
    command: ConductedCommand,
    outputFolder: string,
    onEnd: (ending: Ending) => void,
  ) {
    this.name = name;
    this.command = command;
    this.#outputFolder = outputFolder;
    this.#onEnd = onEnd;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** It runs, and has been told to end. */
  get ending(): boolean {
    return this.running && this.#asked;
  }

  /** Resolves when the present process has ended, at once when none runs. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  start(): void {
    if (this.#child !== undefined) throw new LabError(`${this.name} runs already`);
    const { host, command } = this.command;
    const output = openSync(join(this.#outputFolder, `${this.name}.stderr`), 'a');
    // nsenter becomes the command: the child's process id is the daemon's own.
    const child = spawn('nsenter', [`--net=/run/netns/${host}`, ...command], {
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    this.#child = child;
    this.#asked = false;
    this.#ended = new Promise((resolve) => {
      const end = (status: number): void => {
        this.#child = undefined;
        this.#onEnd({ status, asked: this.#asked });
        resolve();
      };
      child.once('error', () => end(127));
      child.once('exit', (status, signal) => end(status ?? 128 + (signalNumbers[signal as Signal] ?? 0)));
    });
  }

  /** Makes it check what the kernel holds (nodes/support/kernel-hold.ts). Returns false when no process runs. */
  inspect(): boolean {
    return this.#child?.kill('SIGUSR2') ?? false;
  }

  /** Returns false when no process runs. */
  signal(signal: Signal): boolean {
    if (this.#child === undefined) return false;
    this.#asked = true;
    return this.#child.kill(signal);
  }
}
