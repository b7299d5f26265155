import koffi from 'koffi';
import { LabError } from './lab-error.ts';
import { checked, libc } from './libc.ts';
import { closeDescriptor } from './socket-libc.ts';

/** Event bits of epoll(7). EPOLLERR and EPOLLHUP are reported whether asked for or not. */
export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
/** Report changes only, not states: for a watch whose condition its callback cannot clear. */
export const EPOLLET = 0x80000000;

/** Called on the main thread with the event bits that hold; must take what it was called for, without blocking. */
export type ReadyCallback = (events: number) => void;

interface Watch {
  readonly descriptor: number;
  readonly callback: ReadyCallback;
}

const ADD = 1;
const DELETE = 2;
const CLOEXEC = 0o2000000;
const MOST_EVENTS = 64;
/** `struct epoll_event` is packed on x86-64 only. */
const EVENT = process.arch === 'x64' ? { octets: 12, token: 4 } : { octets: 16, token: 8 };

/**
 * All descriptors that Node does not know, in one epoll set. Node's event loop watches the set's own descriptor (koffi passes libuv's poll
 * handles on), so no thread waits beside the loop and no signal interrupts a wait. Once the loop calls the set ready, its ready
 * descriptors are read without waiting.
 *
 * Watches are level-triggered unless EPOLLET is given: a callback which leaves its condition standing is called
 * again at once, for ever. Raw and packet sockets clear an error by the receive call that reports it; a TCP
 * socket's hang-up cannot be cleared, so watch those with EPOLLET.
 *
 * An error thrown by a callback is uncaught as one of a timer is, and keeps no other callback from its event: one that
 * is told once only (EPOLLET) would never be told again.
 *
 * While something was ever watched the process stays alive until `close()`.
 */
export class FdPoller {
  readonly #epoll: number;
  readonly #events = Buffer.alloc(MOST_EVENTS * EVENT.octets);
  readonly #watches = new Map<number, Watch>();
  readonly #tokens = new Map<number, number>();
  #nextToken = 1;
  #handle: ReturnType<typeof koffi.node.poll> | undefined;
  #closed = false;

  private constructor() {
    this.#epoll = checked('epoll_create1', 'poller', libc('epoll_create1')(CLOEXEC));
  }

  /** A poller with nothing to watch: the event loop knows it from its first watch on. Throws LabError. */
  static open(): FdPoller {
    return new FdPoller();
  }

  /** Calls `callback` whenever `descriptor` has one of `events`, an error or a hang-up; one watch a descriptor. Throws LabError. */
  watch(descriptor: number, events: number, callback: ReadyCallback): void {
    if (this.#closed || this.#tokens.has(descriptor)) {
      throw new LabError(
        `descriptor ${descriptor} cannot be watched: ${this.#closed ? 'closed poller' : 'watched already'}`,
        {
          command: 'epoll_ctl',
          remedy: this.#closed ? 'open another poller' : 'unwatch it first, or watch a duplicate',
        },
      );
    }
    // A token, not the descriptor, comes back: an event already on its way must not reach a descriptor's next owner.
    const token = this.#nextToken++;
    this.#control(ADD, descriptor, events, token);
    this.#watches.set(token, { descriptor, callback });
    this.#tokens.set(descriptor, token);
    this.#handle ??= koffi.node.poll(this.#epoll, { readable: true }, () => this.#dispatch());
  }

  /** Ends a watch; to be called before the descriptor is closed. Nothing happens when there is none. Throws LabError. */
  unwatch(descriptor: number): void {
    const token = this.#tokens.get(descriptor);
    if (token === undefined) return;
    this.#tokens.delete(descriptor);
    this.#watches.delete(token);
    if (!this.#closed) this.#control(DELETE, descriptor, 0, 0);
  }

  /** Ends all watches: no callback runs any more, and the poller keeps the process alive no longer. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watches.clear();
    this.#tokens.clear();
    this.#handle?.close();
    closeDescriptor(this.#epoll);
  }

  #dispatch(): void {
    const count = libc('epoll_wait')(this.#epoll, this.#events, MOST_EVENTS, 0);
    checked('epoll_wait', 'poller', count);
    for (let index = 0; index < count; index++) this.#call(index * EVENT.octets);
  }

  #call(at: number): void {
    const events = this.#events.readUInt32LE(at);
    const token = Number(this.#events.readBigUInt64LE(at + EVENT.token));
    try {
      this.#watches.get(token)?.callback(events);
    } catch (error) {
      // Thrown from here it would stay with koffi until the process enters JavaScript the next time.
      process.nextTick(() => {
        throw error;
      });
    }
  }

  #control(operation: number, descriptor: number, events: number, token: number): void {
    const event = Buffer.alloc(EVENT.octets);
    event.writeUInt32LE(events >>> 0, 0);
    event.writeBigUInt64LE(BigInt(token), EVENT.token);
    checked(
      'epoll_ctl',
      `descriptor ${descriptor}`,
      libc('epoll_ctl')(this.#epoll, operation, descriptor, event),
    );
  }
}
