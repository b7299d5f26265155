import type { Clock } from '../../experiments/experiment.ts';
import { LabError } from '../../linux/lab-error.ts';
import type { LabLine } from '../lab/lab-process.ts';
import { END_OF_COMMAND } from './agent.ts';

/** A terminal's input line ends there. */
const LONGEST_LINE = 4000;
const INTERRUPT = '\x03';
/** What a terminal would take for a key: end of line, interrupt, erase and the like. */
const CONTROL = /[^\P{Cc}\t]/u;

/** One end of the line to a lab's agent: a command at a time. The lab stands still (virtual time) between commands. */
export class LabSession {
  readonly #line: LabLine;
  readonly #mark: Buffer;
  readonly #stopsBetween: boolean;
  #pending = Buffer.alloc(0);
  #output: (octets: Buffer) => void = () => undefined;
  #ended: ((status: number) => void) | undefined;

  constructor(line: LabLine, token: string, clock: Clock) {
    this.#line = line;
    this.#mark = Buffer.concat([Buffer.of(END_OF_COMMAND), Buffer.from(`${token} `)]);
    this.#stopsBetween = clock !== 'wall';
    line.stream.on('data', (octets: Buffer) => this.#take(octets));
    // A lab that dies takes its line with it; whoever waits hears of the lab's death, which says more.
    line.stream.on('error', () => undefined);
  }

  /** Resolves when the agent takes commands. */
  ready(): Promise<number> {
    return this.#nextStatus();
  }

  /** Runs a command on a host; resolves to its exit status. Throws LabError for a command that no line can carry. */
  async run(host: string, command: string, output: (octets: Buffer) => void): Promise<number> {
    const line = `${this.#mark.subarray(1)}${host} ${command}\n`;
    if (Buffer.byteLength(line) > LONGEST_LINE || CONTROL.test(command)) {
      throw new LabError(`A command has at most ${LONGEST_LINE} octets and no control characters.`, {
        remedy: 'put it into a script file: the lab sees the files of this machine',
      });
    }
    this.#output = output;
    const status = this.#nextStatus();
    // First the line, then the lab: it must not find itself idle.
    this.#line.stream.write(line);
    this.#line.resume();
    return await status;
  }

  /** Keys typed while a command runs. */
  type(keys: Buffer | string): void {
    this.#line.stream.write(keys);
  }

  interrupt(): void {
    this.type(INTERRUPT);
  }

  #nextStatus(): Promise<number> {
    return new Promise((resolve) => {
      this.#ended = resolve;
    });
  }

  #take(octets: Buffer): void {
    const all = Buffer.concat([this.#pending, octets]);
    const at = all.indexOf(this.#mark);
    const end = at < 0 ? -1 : all.indexOf('\n', at);
    if (end >= 0) {
      this.#pending = Buffer.alloc(0);
      if (this.#stopsBetween) this.#line.pause();
      if (at > 0) this.#output(all.subarray(0, at));
      this.#ended?.(Number(all.toString('latin1', at + this.#mark.length, end)));
      return;
    }
    const kept = at < 0 ? startOfMark(all, this.#mark) : at;
    this.#pending = Buffer.from(all.subarray(kept));
    if (kept > 0) this.#output(all.subarray(0, kept));
  }
}

/** Where the end of `octets` may be the beginning of the mark; their length if it is not. */
function startOfMark(octets: Buffer, mark: Buffer): number {
  const at = octets.lastIndexOf(END_OF_COMMAND);
  const tail = at < 0 ? undefined : octets.subarray(at);
  return tail && tail.length < mark.length && mark.subarray(0, tail.length).equals(tail) ? at : octets.length;
}
