import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readFileSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import koffi from 'koffi';
import { EPOLLET, EPOLLIN, FdPoller } from '../../linux/fd-poller.ts';
import { LabError } from '../../linux/lab-error.ts';

const NONBLOCK = 0o4000;
const eventfd = koffi.load('libc.so.6').func('int eventfd(unsigned int initial, int flags)') as (
  i: number,
  f: number,
) => number;
const one = Buffer.alloc(8);
one.writeBigUInt64LE(1n);

/** A descriptor that is readable while it holds a number. */
class Signal {
  readonly descriptor = eventfd(0, NONBLOCK);

  raise(): void {
    writeSync(this.descriptor, one);
  }

  take(): void {
    readSync(this.descriptor, Buffer.alloc(8));
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }
}

/** Ends after every callback that is due now has run: the set is looked at before it. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
}

describe('watched descriptors', () => {
  test('are told while the condition stands, and not after the watch has ended', async () => {
    using signal = new Signal();
    const poller = FdPoller.open();
    const events: number[] = [];
    poller.watch(signal.descriptor, EPOLLIN, (bits) => {
      events.push(bits);
      if (events.length === 2) signal.take();
    });
    signal.raise();
    await turn();
    assert.deepEqual(events, [EPOLLIN, EPOLLIN]);
    poller.unwatch(signal.descriptor);
    signal.raise();
    await turn();
    assert.equal(events.length, 2);
    poller.watch(signal.descriptor, EPOLLIN, () => poller.close());
    await turn();
    assert.throws(() => poller.watch(signal.descriptor, EPOLLIN, () => undefined), /closed poller/);
    poller.close();
  });

  test('one that was unwatched by another callback of the same turn is told nothing', async () => {
    using first = new Signal();
    using second = new Signal();
    const poller = FdPoller.open();
    const told: string[] = [];
    const watch = (name: string, own: Signal, other: Signal): void =>
      poller.watch(own.descriptor, EPOLLIN | EPOLLET, () => {
        told.push(name);
        poller.unwatch(other.descriptor);
      });
    watch('first', first, second);
    watch('second', second, first);
    first.raise();
    second.raise();
    await turn();
    poller.close();
    assert.equal(told.length, 1);
  });

  test('a poller closed in a callback calls nobody else', async () => {
    using first = new Signal();
    using second = new Signal();
    const poller = FdPoller.open();
    let calls = 0;
    for (const { descriptor } of [first, second]) {
      poller.watch(descriptor, EPOLLIN, () => {
        calls += 1;
        poller.close();
      });
    }
    first.raise();
    second.raise();
    await turn();
    assert.equal(calls, 1);
  });

  test('a descriptor is watched once', () => {
    using signal = new Signal();
    const poller = FdPoller.open();
    poller.watch(signal.descriptor, EPOLLIN, () => undefined);
    assert.throws(() => poller.watch(signal.descriptor, EPOLLIN, () => undefined), LabError);
    poller.close();
  });

  test('what a callback promises goes on at once, not with the next timer', async () => {
    using signal = new Signal();
    const poller = FdPoller.open();
    const order: string[] = [];
    poller.watch(signal.descriptor, EPOLLIN | EPOLLET, () => {
      order.push('callback');
      setImmediate(() => order.push('next turn'));
      process.nextTick(() => order.push('tick'));
      Promise.resolve().then(() => order.push('promise'));
    });
    signal.raise();
    await turn();
    poller.close();
    assert.deepEqual(order, ['callback', 'tick', 'promise', 'next turn']);
  });
});

describe('a process that watches descriptors', () => {
  test('goes on after SIGSTOP and SIGCONT', { timeout: 60_000 }, async () => {
    await using guest = new Guest('stopped');
    await guest.says('watching');
    for (let round = 0; round < 3; round++) {
      await guest.inState('S');
      guest.child.kill('SIGSTOP');
      await guest.inState('T');
      guest.child.kill('SIGCONT');
      await guest.inState('S');
      guest.child.stdin!.write('x');
      await guest.says('told');
    }
    guest.child.stdin!.end();
    assert.deepEqual(await guest.ended, [0, null]);
  });

  test('hears of an error in a callback at once, and other callbacks have their events', {
    timeout: 60_000,
  }, async () => {
    await using guest = new Guest('throwing');
    assert.deepEqual(await guest.ended, [0, null]);
    assert.deepEqual(guest.lines, ['first', 'second', 'uncaught: of the first', 'uncaught: of the second']);
  });
});

/** A program of its own that uses the poller: lines of its output, and what the kernel says that it does. */
class Guest implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
  readonly lines: string[] = [];
  readonly #more: (() => void)[] = [];
  #read = 0;

  constructor(scenario: string) {
    const program = join(import.meta.dirname, 'guest', 'watching.ts');
    this.child = spawn(process.execPath, [program, scenario], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = once(this.child, 'close');
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      this.lines.push(line);
      for (const more of this.#more.splice(0)) more();
    });
  }

  async says(line: string): Promise<void> {
    while (this.lines.length <= this.#read) {
      const more = new Promise<void>((resolve) => this.#more.push(resolve));
      await Promise.race([more, this.ended.then(() => assert.fail(`it ended before it said '${line}'`))]);
    }
    assert.equal(this.lines[this.#read++], line);
  }

  /** Waits until all that it does is to wait (S), or it is stopped (T). */
  async inState(wanted: string): Promise<void> {
    for (let looks = 0; looks < 2000; looks++) {
      const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'latin1');
      if (stat.slice(stat.lastIndexOf(')') + 2)[0] === wanted) return;
      await delay(5);
    }
    assert.fail(`it did not come into state ${wanted}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}
