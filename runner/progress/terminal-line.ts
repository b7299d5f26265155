import type { Writable } from 'node:stream';
import type { RunEvent } from './events.ts';
import { fitting, type Piece } from './fitting.ts';
import { duration } from './wording.ts';

export interface Streams {
  readonly out: Writable & { readonly isTTY?: boolean };
  readonly err: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/** What moves the line between cells: a clock in ms, and a call once a second until it is stopped. */
export interface Pulse {
  now(): number;
  everySecond(call: () => void): () => void;
}

const clear = '\r\u001b[K';

const realPulse: Pulse = {
  now: () => performance.now(),
  everySecond: (call) => {
    // It keeps no process alive.
    const timer = setInterval(call, 1000).unref();
    return () => clearInterval(timer);
  },
};

/** The one line of a terminal that shows how far an experiment has come: it moves every second. */
export class TerminalLine {
  readonly #err: Streams['err'];
  readonly #pulse: Pulse;
  readonly #since: number;
  readonly #running = new Set<string>();
  #stop: (() => void) | undefined;
  #experiment = '';
  #done = 0;
  #cells = 0;
  /** in seconds, when it was told, in ms */
  #left = { seconds: 0, at: 0 };
  #measured = 0;
  #labSeconds = 0;
  #shown = false;

  constructor(err: Streams['err'], pulse: Pulse = realPulse) {
    this.#err = err;
    this.#pulse = pulse;
    this.#since = pulse.now();
  }

  /** The experiment of this line, with what there is to do. */
  start({ experiment, cells, found, estimatedSeconds }: Extract<RunEvent, { event: 'start' }>): void {
    this.#experiment = experiment;
    this.#cells = cells;
    this.#done = found;
    this.#left = { seconds: estimatedSeconds, at: this.#pulse.now() };
    if (found === cells) return;
    this.#stop = this.#pulse.everySecond(() => this.#draw());
    this.#draw();
  }

  begin({ cell }: Extract<RunEvent, { event: 'cell-started' }>): void {
    this.#running.add(cell);
    this.#draw();
  }

  /** A finished cell, and what the rest is estimated at now. */
  finish(event: Extract<RunEvent, { event: 'cell' }>): void {
    this.#running.delete(event.cell);
    this.#experiment = event.experiment;
    this.#done = event.done;
    this.#cells = event.cells;
    this.#measured++;
    this.#labSeconds += event.labSeconds;
    this.#left = { seconds: event.secondsLeft, at: this.#pulse.now() };
    this.#draw();
  }

  /** Lets `write` put lines above the line. */
  above(write: () => void): void {
    if (this.#shown) this.#err.write(clear);
    write();
    if (this.#shown) this.#draw();
  }

  close(): void {
    this.#stop?.();
    this.#stop = undefined;
    if (this.#shown) this.#err.write(clear);
    this.#shown = false;
  }

  #draw(): void {
    this.#shown = true;
    this.#err.write(clear + fitting(this.#pieces(), (this.#err.columns || 80) - 1));
  }

  #pieces(): readonly Piece[] {
    const now = this.#pulse.now();
    const elapsed = (now - this.#since) / 1000;
    const left = this.#left.seconds - (now - this.#left.at) / 1000;
    const all = this.#done >= this.#cells;
    return [
      { text: `${this.#experiment} ${this.#done}/${this.#cells} cells`, weight: 5 },
      { text: duration(elapsed), weight: 3 },
      { text: all ? 'analysing' : left > 0 ? `${duration(left)} left` : 'soon done', weight: 4 },
      ...(this.#measured === 0
        ? []
        : [
            { text: `${(this.#measured / elapsed).toFixed(2)} cells/s`, weight: 0 },
            { text: `${Math.round(this.#labSeconds / elapsed)} × real time`, weight: 0 },
          ]),
      ...(this.#running.size === 0 ? [] : [{ text: `${this.#running.size} running`, weight: 2 }]),
      ...[...this.#running].map((text) => ({ text, weight: 1 })),
    ];
  }
}
