import type { FdPoller } from '../fd-poller.ts';
import { closeDescriptor, duplicateDescriptor } from '../socket-libc.ts';
import { ConnectionEnd, connectionIsOver } from './connection-end.ts';

/**
 * The end of a connection as the peer sees it. A program may be done with a socket long before: when the peer has closed its
 * side first, everything still to be sent is left to the kernel.
 */
export class LastOctets {
  readonly #poller: FdPoller;
  readonly #descriptor: number;

  /** To be made while the descriptor is open; ends with `whenDelivered` or `abandon`. Throws LabError. */
  constructor(poller: FdPoller, descriptor: number) {
    this.#poller = poller;
    this.#descriptor = duplicateDescriptor(descriptor);
  }

  /** Calls `act` once both ends have closed and the peer has acknowledged every octet, or the kernel has given the peer up. */
  whenDelivered(act: () => void): void {
    const over = connectionIsOver(this.#descriptor);
    if (!over) new ConnectionEnd(this.#poller, this.#descriptor, act);
    closeDescriptor(this.#descriptor);
    if (over) act();
  }

  abandon(): void {
    closeDescriptor(this.#descriptor);
  }
}
