import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { closeDescriptor, duplicateDescriptor } from '../../linux/socket-libc.ts';
import { movableOption } from '../../linux/tcp/movable-options.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { optionValue, setOptionValue } from '../../linux/tcp/option-values.ts';
import { applicationsLinger, clientListener, clientSocket } from '../../nodes/support/client-socket.ts';
import type { Doing } from '../support/dying-server.ts';

const program = fileURLToPath(new URL('../support/dying-server.ts', import.meta.url));

const LINGER = movableOption('SO_LINGER');

interface Ended {
  readonly octets: number;
  /** an end of stream, which says that this was all */
  readonly orderly: boolean;
  readonly problem: string;
}

/** Connects, lets the server do its part, ends its process, and reads what there is to read. */
async function afterDeath(doing: Doing, die: (server: ChildProcess) => void): Promise<Ended> {
  const server = fork(program, [doing], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = once(server, 'exit');
  const [port] = (await once(server, 'message')) as [number];
  const socket = net.connect({ port, host: '::1', allowHalfOpen: true }).pause();
  let [octets, orderly, problem] = [0, false, ''];
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', (error) => (problem = String(Reflect.get(error, 'code'))));
  socket.on('end', () => {
    orderly = true;
    socket.end();
  });
  try {
    await once(socket, 'connect');
    socket.write('x');
    if (doing !== 'not accepting') await once(server, 'message');
    die(server);
    await exited;
  } finally {
    server.kill('SIGKILL');
  }
  socket.on('data', (chunk) => {
    octets += chunk.length;
  });
  socket.resume();
  await closed;
  return { octets, orderly, problem };
}

const kill = (server: ChildProcess): void => void server.kill('SIGKILL');
const exit = (server: ChildProcess): void => void server.send('exit');

test('what the application has set of SO_LINGER is hidden until it ends the connection, and counts from then on', async () => {
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = net.createServer(accepted.resolve).listen(0, '::1');
  await once(listener, 'listening');
  const far = net.connect((listener.address() as net.AddressInfo).port, '::1').resume();
  const original = await accepted.promise;
  const descriptor = duplicateDescriptor(descriptorOf(original));
  setOptionValue(descriptor, LINGER, 9n);
  const socket = clientSocket(descriptor);
  assert.equal(optionValue(descriptor, LINGER), 0n);
  assert.deepEqual(applicationsLinger(socket), { value: 9n });
  const finished = once(socket, 'finish');
  socket.end();
  await finished;
  assert.equal(optionValue(descriptorOf(original), LINGER), 9n);
  original.destroy();
  socket.destroy();
  far.destroy();
  listener.close();
});

test('an option that the application sets on a live socket is left as it is', async () => {
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = clientListener(accepted.resolve).listen(0, '::1');
  await once(listener, 'listening');
  const far = net.connect((listener.address() as net.AddressInfo).port, '::1').resume();
  const socket = await accepted.promise;
  assert.deepEqual(applicationsLinger(socket), { value: undefined });
  setOptionValue(descriptorOf(socket), LINGER, 7n);
  assert.equal(applicationsLinger(socket), undefined);
  const finished = once(socket, 'finish');
  const descriptor = duplicateDescriptor(descriptorOf(socket));
  socket.end();
  await finished;
  assert.equal(optionValue(descriptor, LINGER), 7n);
  closeDescriptor(descriptor);
  socket.destroy();
  far.destroy();
  listener.close();
});

/** A connection whose server has done something with it; whether its resets may leave, and how it ended for the client, which sent first. */
async function given(up: (socket: net.Socket) => unknown): Promise<{ letOut: boolean; problem: string }> {
  const letOut: number[] = [];
  const accepted = Promise.withResolvers<net.Socket>();
  const listener = clientListener(accepted.resolve, {
    letResetOut: (descriptor) => letOut.push(descriptor),
  }).listen(0, '::1');
  await once(listener, 'listening');
  const far = net.connect({
    port: (listener.address() as net.AddressInfo).port,
    host: '::1',
    allowHalfOpen: true,
  });
  let problem = '';
  far.on('error', (error) => (problem = String(Reflect.get(error, 'code'))));
  // A socket that has read the end learns of a reset when it writes.
  const write = (left: number): void => {
    if (left > 0) far.write('more', (error) => (error ? undefined : setImmediate(write, left - 1)));
    else far.destroy();
  };
  far.on('end', () => write(1000));
  const closed = new Promise((resolve) => far.once('close', resolve));
  const socket = await accepted.promise;
  socket.pause();
  await new Promise((resolve) => far.resume().write('unread', resolve));
  await up(socket);
  await closed;
  socket.destroy();
  listener.close();
  return { letOut: letOut.length > 0, problem };
}

test('a connection that its application gives up behind its end is reset for what is unread or comes later, and the reset leaves', async () => {
  const read = async (socket: net.Socket): Promise<void> => {
    await once(socket.resume(), 'data');
    socket.end(() => socket.destroy());
  };
  for (const [what, up] of [
    ['given up at once', (socket: net.Socket) => socket.destroy()],
    ['unread', (socket: net.Socket) => socket.end(() => socket.destroy())],
    ['what comes later', read],
  ] as const) {
    const { letOut, problem } = await given(up);
    assert.equal(letOut, true, what);
    assert.match(problem, /ECONNRESET|EPIPE/, what);
  }
});

for (const [doing, die, how] of [
  ['writing', kill, 'is killed'],
  ['writing', exit, 'exits'],
  ['ending', kill, 'is killed with octets that the kernel has not taken'],
  ['not accepting', kill, 'is killed with the connection still in its listening socket'],
  ['made of a descriptor', kill, 'is killed'],
  ['destroying', kill, 'has destroyed the connection'],
] as const) {
  test(`${doing}: no orderly end for a client whose server ${how}`, { timeout: 60_000 }, async () => {
    const { orderly, problem } = await afterDeath(doing, die);
    assert.deepEqual({ orderly, problem }, { orderly: false, problem: 'ECONNRESET' });
  });
}

for (const [die, how] of [
  [kill, 'is killed'],
  [exit, 'exits'],
] as const) {
  test(`an end that was asked for is delivered with every octet before it, although the server ${how}`, {
    timeout: 60_000,
  }, async () => {
    assert.deepEqual(await afterDeath('ended', die), { octets: 200_000, orderly: true, problem: '' });
  });
}
