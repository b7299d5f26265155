import { EPOLLIN, type FdPoller } from './fd-poller.ts';
import { closeDescriptor } from './socket-libc.ts';

const MOST_PER_WAKE_UP = 64;

/** A descriptor that is watched until it is closed, and emptied in bounds whenever something waits. */
export class WatchedDescriptor {
  readonly number: number;
  readonly #poller: Pick<FdPoller, 'watch' | 'unwatch'>;
  #closed = false;

  /**
   * Takes the open, non-blocking `descriptor` over. `takeOne` takes one message and passes it on; false: none waited. It may
   * close the descriptor. Throws LabError.
   */
  constructor(poller: Pick<FdPoller, 'watch' | 'unwatch'>, descriptor: number, takeOne: () => boolean) {
    this.number = descriptor;
    this.#poller = poller;
    poller.watch(descriptor, EPOLLIN, () => {
      // Bounded, so that a flood cannot starve the process; the poller comes back for the rest.
      for (let count = 0; count < MOST_PER_WAKE_UP && !this.#closed; count++) if (!takeOne()) return;
    });
  }

  /** Ends the watch and closes the descriptor; a second call does nothing. Throws LabError. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#poller.unwatch(this.number);
    closeDescriptor(this.number);
  }
}
