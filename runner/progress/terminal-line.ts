import type { Writable } from 'node:stream';
import type { RunEvent } from './events.ts';
import { duration } from './wording.ts';

export interface Streams {
  readonly out: Writable & { readonly isTTY?: boolean };
  readonly err: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

const clear = '\r\u001b[K';

/** The one line of a terminal that shows how far an experiment has come. */
export class TerminalLine {
  readonly #err: Streams['err'];
  readonly #since = performance.now();
  #text = '';
  #cells = 0;
  #labSeconds = 0;

  constructor(err: Streams['err']) {
    this.#err = err;
  }

  /** Shows a finished cell in the totals: cells, cells per second, the labs' clocks against the wall's, time left. */
  update(event: Extract<RunEvent, { event: 'cell' }>): void {
    this.#cells++;
    this.#labSeconds += event.labSeconds;
    const elapsed = (performance.now() - this.#since) / 1000;
    const parts = [
      `${event.experiment} ${event.done}/${event.cells} cells`,
      `${(this.#cells / elapsed).toFixed(2)} cells/s`,
      `${Math.round(this.#labSeconds / elapsed)} × real time`,
      event.done < event.cells ? `${duration(event.secondsLeft)} left` : 'analysing',
    ];
    this.#text = parts.join('   ').slice(0, (this.#err.columns || 80) - 1);
    this.#err.write(clear + this.#text);
  }

  /** Lets `write` put lines above the line. */
  above(write: () => void): void {
    if (this.#text !== '') this.#err.write(clear);
    write();
    if (this.#text !== '') this.#err.write(this.#text);
  }

  close(): void {
    if (this.#text !== '') this.#err.write(clear);
    this.#text = '';
  }
}
