import { LabError } from '../linux/lab-error.ts';
import type { RunEvent } from './progress/events.ts';

/**
 * Holds a run's signal from its start to its end: while somebody listens, a signal is told and the run ends in good order, at the
 * next `check` where no lab or build is there to be ended (see runner/command-line.ts).
 */
export class Interruption implements Disposable {
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;

  constructor(signal: AbortSignal, emit: (event: RunEvent) => void) {
    this.#signal = signal;
    this.#onAbort = () => emit({ event: 'note', text: 'interrupted: ending what runs' });
    signal.addEventListener('abort', this.#onAbort);
  }

  /** Throws LabError if the signal came; `state` says what is there. */
  check(state: string): void {
    if (this.#signal.aborted)
      throw new LabError(`interrupted: ${state}; the same command goes on from there`);
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
