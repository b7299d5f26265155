import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingSocket } from '../../nodes/member/waiting-socket.ts';

/** Sockets are numbers; what is done to them is written down. */
function waiting(inFlight: boolean): { readonly socket: WaitingSocket<number>; readonly done: string[] } {
  const done: string[] = [];
  let made = 0;
  const make = (): number => {
    done.push(`made ${++made}`);
    return made;
  };
  const end = (socket: number): void => void done.push(`ended ${socket}`);
  return { socket: new WaitingSocket({ make, end, inFlight }, 500), done };
}

test('a socket that is activated before its first timeout is the one that was made', () => {
  const { socket, done } = waiting(true);
  assert.equal(socket.ready(3500), 1);
  assert.deepEqual(done, ['made 1']);
});

test('one that had to wait longer is made anew, after the first one has ended', () => {
  const { socket, done } = waiting(true);
  assert.equal(socket.ready(3500.1), 2);
  assert.deepEqual(done, ['made 1', 'ended 1', 'made 2']);
});

test('without octets in flight no clock runs, however long it waits', () => {
  const { socket, done } = waiting(false);
  assert.equal(socket.ready(600_000), 1);
  assert.deepEqual(done, ['made 1']);
});

test('the socket that there is ends', () => {
  const { socket, done } = waiting(true);
  socket.end();
  assert.deepEqual(done, ['made 1', 'ended 1']);
});
