import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { ipv6 } from '../../mip6/wire/address.ts';
import {
  ApplicationGuard,
  answerOf,
  asMember,
  ERROR_SPAN_MS,
  MOST_ERRORS,
  wasApplications,
} from '../../nodes/member/application-guard.ts';
import type { EventFields } from '../../nodes/support/event-log.ts';
import { undo } from '../../nodes/support/undo.ts';

const client = ipv6('2001:db8:c::2');
const server = net.createServer().listen(0, '::1');
after(() => server.close());

async function socketPair(): Promise<net.Socket> {
  if (!server.listening) await once(server, 'listening');
  const far = net.connect((server.address() as net.AddressInfo).port, '::1');
  far.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  after(() => {
    far.destroy();
    socket.destroy();
  });
  return socket;
}

function guarded() {
  const events: (EventFields & { readonly event: string })[] = [];
  const state = { now: 0, stopped: 0 };
  const guard = new ApplicationGuard({
    name: 'an application',
    log: { write: (event, fields) => void events.push({ event, ...fields }) },
    now: () => state.now,
    reset: (socket) => socket.destroy(),
    onStopped: () => state.stopped++,
  });
  return { guard, events, state };
}

const fails = (): never => {
  throw new RangeError('a mistake');
};

/** Catches what would end the process, as a node does; the test runner's own listeners wait. */
async function uncaught(act: () => void): Promise<boolean[]> {
  const others = process.listeners('uncaughtException');
  const rejections = process.listeners('unhandledRejection');
  const answers: boolean[] = [];
  process.removeAllListeners('uncaughtException').removeAllListeners('unhandledRejection');
  const listener = (error: unknown): void => void answers.push(wasApplications(error));
  process.on('uncaughtException', listener);
  try {
    act();
    for (let round = 0; round < 200 && answers.length === 0; round++) await setTimeout(1);
  } finally {
    process.removeListener('uncaughtException', listener);
    for (const other of others) process.on('uncaughtException', other);
    for (const other of rejections) process.on('unhandledRejection', other);
  }
  return answers;
}

const inSocketsCode: Readonly<Record<string, (socket: net.Socket) => unknown>> = {
  'at once': fails,
  'in an event of the socket': (socket) => {
    socket.on('data', fails);
    socket.emit('data', Buffer.of(1));
  },
  'an error of the connection that nobody listens for': (socket) => socket.emit('error', new Error('reset')),
};
const later: Readonly<Record<string, (socket: net.Socket) => unknown>> = {
  'in a timer': () => void globalThis.setTimeout(fails, 1),
  'in an asynchronous function': async () => {
    await setImmediate();
    fails();
  },
  'in what an event has begun': (socket) => {
    socket.once('drain', () => void Promise.resolve().then(fails));
    socket.emit('drain');
  },
};

for (const [where, act] of Object.entries({ ...inSocketsCode, ...later })) {
  test(`an application's error ends its connection and nothing else: ${where}`, async () => {
    const { guard, events, state } = guarded();
    const [socket, other] = [await socketPair(), await socketPair()];
    guard.serve(other, client, () => undefined);
    const answers = await uncaught(() => guard.serve(socket, client, () => act(socket)));
    assert.deepEqual(answers, where in later ? [true] : []);
    const [error, ...more] = events;
    assert.deepEqual(more, []);
    assert.equal(error?.event, 'application-error');
    assert.equal(error.client, client);
    assert.equal(error.application, 'an application');
    assert.match(String(error.reason), /(a mistake|reset)\n\s+at .*\.ts:\d+/, 'with its stack');
    assert.equal(socket.destroyed, true);
    assert.equal(other.destroyed, false);
    assert.equal(state.stopped, 0);
  });
}

test('an error of the member’s own code stays one, also below the application’s and in what it begins', async () => {
  const { guard, events } = guarded();
  const socket = await socketPair();
  socket.once('close', asMember(fails));
  assert.throws(
    () => guard.serve(socket, client, () => socket.emit('close')),
    (error) => error instanceof RangeError && !wasApplications(error),
  );
  const begun = await uncaught(() =>
    guard.serve(
      socket,
      client,
      asMember(() => void globalThis.setTimeout(fails, 1)),
    ),
  );
  assert.deepEqual(begun, [false]);
  assert.deepEqual(await uncaught(() => void globalThis.setTimeout(fails, 1)), [false]);
  assert.deepEqual(events, []);
  assert.equal(socket.destroyed, false);
});

test('an answer that the library gives is the application’s, and so is a rejection that it does not catch', async () => {
  for (const act of [
    async () => fails(),
    () => setTimeout(1).then(fails),
    () => new Promise<never>((_, reject) => setImmediate().then(() => reject(new Error('later')))),
  ]) {
    const { guard, events } = guarded();
    const socket = await socketPair();
    assert.deepEqual(await uncaught(() => guard.serve(socket, client, () => void answerOf(act))), [true]);
    assert.deepEqual(
      events.map(({ event, client: of }) => [event, of]),
      [['application-error', client]],
    );
    assert.equal(socket.destroyed, true);
  }
  assert.equal(await answerOf(async () => 'an answer'), 'an answer');
});

test('the error of a question is the asker’s; what the application begins beyond all connections ends none', async () => {
  const { guard, events } = guarded();
  const socket = await socketPair();
  assert.throws(() => guard.ask(socket, client, fails), RangeError);
  assert.throws(() => guard.begin(fails), RangeError);
  assert.deepEqual(events, []);
  assert.deepEqual(await uncaught(() => guard.begin(() => void globalThis.setTimeout(fails, 1))), [true]);
  assert.deepEqual(
    events.map(({ event, client: of }) => [event, of]),
    [['application-error', undefined]],
  );
});

test('an application that fails all the time is stopped once, behind a number of errors in a time, with its name', () => {
  const { guard, events, state } = guarded();
  // As many, but spread.
  for (let count = 0; count < 2 * MOST_ERRORS; count++) {
    state.now += (2 * ERROR_SPAN_MS) / MOST_ERRORS;
    guard.failed(new Error('now and then'));
  }
  assert.equal(guard.stopped, false);
  state.now += 2 * ERROR_SPAN_MS;
  for (let count = 1; count <= MOST_ERRORS; count++) {
    assert.equal(guard.stopped, false, `${count - 1} errors`);
    guard.failed(new Error('again'));
  }
  assert.equal(guard.stopped, true);
  guard.failed(new Error('still'));
  assert.equal(state.stopped, 1);
  const stopped = events.filter(({ event }) => event === 'application-stopped');
  assert.deepEqual(stopped, [
    { event: 'application-stopped', application: 'an application', errors: MOST_ERRORS },
  ]);
});

test('clients that break their connections off stop no application, whether it listens for that or not', async () => {
  const { guard, events, state } = guarded();
  const socket = await socketPair();
  guard.serve(socket, client, () => undefined);
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  // once() would listen for an error, too.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.destroy(reset);
  await closed;
  assert.equal(events.length, 1, 'nobody listened');
  const early = Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
  for (let count = 0; count < MOST_ERRORS; count++)
    for (const error of [reset, early]) guard.failed(error, { socket, client });
  assert.equal(events.length, 1 + 2 * MOST_ERRORS, 'each is told');
  assert.equal(state.stopped, 0);
  // What it makes of that itself counts.
  for (let count = 0; count < MOST_ERRORS; count++) guard.failed(new Error('mine'), { socket, client });
  assert.equal(state.stopped, 1);
});

test('undoing goes on behind what fails, from the last to the first', () => {
  const done: number[] = [];
  const steps = [() => void done.push(1), fails, () => void done.push(3)];
  assert.throws(() => undo(steps), RangeError);
  assert.deepEqual(done, [3, 1]);
});
