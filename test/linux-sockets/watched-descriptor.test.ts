import assert from 'node:assert/strict';
import { fstatSync, openSync } from 'node:fs';
import { test } from 'node:test';
import type { ReadyCallback } from '../../linux/fd-poller.ts';
import { WatchedDescriptor } from '../../linux/watched-descriptor.ts';

/** A poller that a test wakes by hand. */
class Poller {
  readonly watches = new Map<number, ReadyCallback>();

  watch(descriptor: number, _events: number, callback: ReadyCallback): void {
    this.watches.set(descriptor, callback);
  }

  unwatch(descriptor: number): void {
    // Before the descriptor is closed.
    fstatSync(descriptor);
    this.watches.delete(descriptor);
  }
}

function watched(takeOne: () => boolean) {
  const poller = new Poller();
  const descriptor = openSync('/dev/null', 'r');
  const socket = new WatchedDescriptor(poller, descriptor, takeOne);
  return { poller, descriptor, socket, wake: poller.watches.get(descriptor)! };
}

test('a wake-up takes what waits, and no more than a bound', () => {
  let waiting = 3;
  let asked = 0;
  const { socket, wake } = watched(() => {
    asked += 1;
    waiting -= 1;
    return waiting >= 0;
  });
  wake(1);
  assert.equal(asked, 4);
  [waiting, asked] = [1000, 0];
  wake(1);
  assert.equal(asked, 64);
  socket.close();
});

test('closed in the middle of a wake-up it takes nothing more; the watch ends first; a second close does nothing', () => {
  let taken = 0;
  const { poller, descriptor, socket, wake } = watched(() => {
    taken += 1;
    if (taken === 2) socket.close();
    return true;
  });
  wake(1);
  assert.equal(taken, 2);
  assert.equal(poller.watches.size, 0);
  assert.throws(() => fstatSync(descriptor), { code: 'EBADF' });
  socket.close();
});
