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
const NONBLOCK = 0o4000;
const MOST_EVENTS = 64;
/** `struct epoll_event` is packed on x86-64 only. */
const EVENT = process.arch === 'x64' ? { octets: 12, token: 4 } : { octets: 16, token: 8 };
const WAKE_TOKEN = 0;

/**
 * All descriptors that Node does not know, watched by one thread: epoll_wait(2) runs as an asynchronous koffi
 * call on one of libuv's pool threads, and its return runs the callbacks on the main thread, then waits again.
 *
 * Watches are level-triggered unless EPOLLET is given: a callback which leaves its condition standing is called
 * again at once, for ever. Raw and packet sockets clear an error by the receive call that reports it; a TCP
 * socket's hang-up cannot be cleared, so watch those with EPOLLET.
 *
 * While something was ever watched the process stays alive until `close()`.
 */
export class FdPoller {
  readonly #epoll: number;
  readonly #wake: number;
  readonly #events = Buffer.alloc(MOST_EVENTS * EVENT.octets);
  readonly #watches = new Map<number, Watch>();
  readonly #tokens = new Map<number, number>();
  readonly #onExit = (): void => this.#interrupt();
  #nextToken = WAKE_TOKEN + 1;
  #waiting = false;
  #closed = false;

  private constructor() {
    this.#epoll = checked('epoll_create1', 'poller', libc('epoll_create1')(CLOEXEC));
    this.#wake = checked('eventfd', 'poller', libc('eventfd')(0, CLOEXEC | NONBLOCK));
    this.#control(ADD, this.#wake, EPOLLIN, WAKE_TOKEN);
    // process.exit() joins the pool's threads: one still in epoll_wait would hang it.
    process.once('exit', this.#onExit);
  }

  /** A poller with nothing to watch: its thread starts with the first watch. Throws LabError. */
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
    this.#wait();
  }

  /** Ends a watch; to be called before the descriptor is closed. Nothing happens when there is none. Throws LabError. */
  unwatch(descriptor: number): void {
    const token = this.#tokens.get(descriptor);
    if (token === undefined) return;
    this.#tokens.delete(descriptor);
    this.#watches.delete(token);
    if (!this.#closed) this.#control(DELETE, descriptor, 0, 0);
  }

  /** Ends all watches and the thread: no callback runs any more, and the poller keeps the process alive no longer. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watches.clear();
    this.#tokens.clear();
    if (this.#waiting) this.#interrupt();
    else this.#release();
  }

  #wait(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    libc('epoll_wait').async(this.#epoll, this.#events, MOST_EVENTS, -1, (error: unknown, count: number) => {
      this.#waiting = false;
      if (this.#closed) this.#release();
      else this.#dispatch(error, count);
    });
  }

  #dispatch(error: unknown, count: number): void {
    if (error !== null && error !== undefined)
      throw new LabError('epoll_wait() was not called', { stderr: String(error) });
    // Pool threads have all signals blocked, so that this is no interruption; the call's errno stayed on its thread.
    if (count < 0)
      throw new LabError('epoll_wait() failed', { command: 'epoll_wait', remedy: 'a bug: report it' });
    try {
      for (let index = 0; index < count; index++) this.#call(index * EVENT.octets);
    } finally {
      if (!this.#closed) this.#wait();
    }
  }

  #call(at: number): void {
    const events = this.#events.readUInt32LE(at);
    const token = Number(this.#events.readBigUInt64LE(at + EVENT.token));
    this.#watches.get(token)?.callback(events);
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

  #interrupt(): void {
    const one = Buffer.alloc(8);
    one.writeBigUInt64LE(1n);
    libc('write')(this.#wake, one, one.length);
  }

  #release(): void {
    process.removeListener('exit', this.#onExit);
    closeDescriptor(this.#wake);
    closeDescriptor(this.#epoll);
  }
}
