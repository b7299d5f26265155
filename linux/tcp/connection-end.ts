import { EPOLLET, type FdPoller } from '../fd-poller.ts';
import { closeDescriptor, duplicateDescriptor } from '../socket-libc.ts';
import { connectionState, TCP_STATE } from './connection-state.ts';

/**
 * Waits, without reading, until the kernel is done with a connection: reset, timed out, or closed by both ends with every
 * octet acknowledged (TIME-WAIT counts as done). A program that does not read, as a donor does not, learns of it in no other way.
 *
 * The wait holds the socket open by a descriptor of its own: end it before the socket has to be gone.
 */
export class ConnectionEnd {
  readonly #poller: FdPoller;
  readonly #descriptor: number;
  readonly #onEnd: () => void;
  #waiting = true;

  /** Calls `onEnd` once, never before the constructor returns. Throws LabError. */
  constructor(poller: FdPoller, descriptor: number, onEnd: () => void) {
    this.#poller = poller;
    this.#descriptor = duplicateDescriptor(descriptor);
    this.#onEnd = onEnd;
    // Edges: a hang-up is also reported when both ends have closed and octets are still on their way.
    poller.watch(this.#descriptor, EPOLLET, () => this.#look());
  }

  /** The wait's own, open as long as it waits; undefined afterwards. */
  get descriptor(): number | undefined {
    return this.#waiting ? this.#descriptor : undefined;
  }

  cancel(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#poller.unwatch(this.#descriptor);
    closeDescriptor(this.#descriptor);
  }

  #look(): void {
    if (!this.#waiting || !connectionIsOver(this.#descriptor)) return;
    this.cancel();
    this.#onEnd();
  }
}

/** Whether the kernel is done with the socket's connection. Throws LabError. */
export function connectionIsOver(descriptor: number): boolean {
  return connectionState(descriptor) === TCP_STATE.closed;
}
