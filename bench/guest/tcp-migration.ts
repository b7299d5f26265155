import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { closeDescriptor, sendOctets } from '../../linux/socket-libc.ts';
import { extract } from '../../linux/tcp/extract.ts';
import { closeSilently, freeze } from '../../linux/tcp/freeze.ts';
import { NO_OPTIONS } from '../../linux/tcp/movable-options.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { activate, restore } from '../../linux/tcp/restore.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import { deafen, undeafen } from '../../linux/tcp/silence.ts';
import type { TcpConnectionState } from '../../linux/tcp/state.ts';
import { encodeTcpState } from '../../linux/tcp/state-codec.ts';

/**
 * Moves TCP connections over ::1 from one socket to another in the same namespace, again and again, and prints what the calls
 * took as one line of JSON. Argument: how many times. Needs CAP_NET_ADMIN over its network namespace, which should be its own,
 * and an Ethernet's MTU on lo: a segment size beyond 32767 octets cannot be set.
 */
const [repetitions = 0] = process.argv.slice(2).map(Number);
const fullQueue = 85_000;
const openingOctets = 400_000;
/** Code runs slowly until it is compiled. */
const warmUps = 20;
const patienceMs = 20_000;

interface Connection {
  readonly client: net.Socket;
  readonly served: net.Socket;
}

/** µs */
interface Times {
  readonly freeze: number;
  readonly extraction: number;
  readonly recreation: number;
  readonly activation: number;
}

interface Moved extends Times {
  readonly state: TcpConnectionState;
  /** active */
  readonly descriptor: number;
}

const server = net.createServer({ pauseOnConnect: true });
server.listen(0, '::1', () => void main());

async function main(): Promise<void> {
  const report = { empty: await measure(0), full: await measure(fullQueue) };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  server.close();
}

async function measure(queued: number) {
  const times: Times[] = [];
  for (let repetition = -warmUps; repetition < repetitions; repetition++) {
    const connection = await connect(queued);
    const { descriptor, state, ...taken } = await move(connection.served);
    closeSilently(descriptor);
    connection.client.destroy();
    assert.equal(state.sent.length + state.unsent.length, queued, 'octets in the queue');
    if (repetition >= 0) times.push(taken);
  }
  const state = await deliver(queued);
  const { sent, unsent } = state;
  return { times, octets: encodeTcpState(state).length, sent: sent.length, unsent: unsent.length };
}

/** A connection on which so many octets wait for their acknowledgement; the client is deaf. */
async function connect(queued: number): Promise<Connection> {
  const accepted = once(server, 'connection') as Promise<[net.Socket]>;
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect(port, '::1');
  const [[served]] = await Promise.all([accepted, once(client, 'connect')]);
  if (queued > 0) await openWindow(client, served);
  deafen(descriptorOf(client));
  if (queued > 0) {
    setSendBuffer(descriptorOf(served), 2 * queued);
    assert.equal(sendOctets(descriptorOf(served), contents(queued), 'queue'), queued);
  }
  return { client, served };
}

/** So that the congestion window lets what fills the queue be in flight. */
async function openWindow(client: net.Socket, served: net.Socket): Promise<void> {
  let received = 0;
  const opened = Promise.withResolvers<void>();
  client.on('data', ({ length }) => {
    received += length;
    if (received === openingOctets) opened.resolve();
  });
  served.write(Buffer.alloc(openingOctets));
  await opened.promise;
}

async function move(served: net.Socket): Promise<Moved> {
  const donor = descriptorOf(served);
  const marks = [process.hrtime.bigint()];
  freeze(donor);
  marks.push(process.hrtime.bigint());
  const state = extract(donor, NO_OPTIONS);
  marks.push(process.hrtime.bigint());
  const closed = once(served, 'close');
  served.destroy();
  await closed;
  marks.push(process.hrtime.bigint());
  const { descriptor, unsent } = restore(state);
  marks.push(process.hrtime.bigint());
  assert.deepEqual(
    durable(extract(descriptor, NO_OPTIONS)),
    durable({ ...state, unsent: new Uint8Array(0) }),
  );
  marks.push(process.hrtime.bigint());
  activate(descriptor);
  if (unsent.length > 0)
    assert.equal(sendOctets(descriptor, unsent, 'unsent octets'), unsent.length, 'unsent octets fit');
  marks.push(process.hrtime.bigint());
  const taken = (from: number): number => Number(marks[from + 1]! - marks[from]!) / 1000;
  return {
    ...{ freeze: taken(0), extraction: taken(1), recreation: taken(3), activation: taken(5) },
    state,
    descriptor,
  };
}

/** What must be the same in the socket that was made from a state; windows and clocks move on. */
function durable({
  local,
  remote,
  sendUnacknowledged,
  receiveNext,
  sent,
  unsent,
  received,
}: TcpConnectionState) {
  const octets = [sent, unsent, received].map((part) => Buffer.from(part).toString('latin1'));
  return { local, remote, sendUnacknowledged, receiveNext, octets };
}

/** Moves one connection and lets it go on: every octet must come to the client. */
async function deliver(queued: number): Promise<TcpConnectionState> {
  const { client, served } = await connect(queued);
  const parts: Buffer[] = [];
  const complete = Promise.withResolvers<void>();
  client.removeAllListeners('data');
  client.on('data', (part) => {
    parts.push(part);
    if (parts.reduce((sum, { length }) => sum + length, 0) === queued + 4) complete.resolve();
  });
  const { state, descriptor } = await move(served);
  undeafen(descriptorOf(client));
  sendOctets(descriptor, Buffer.from('last'), 'a word after the move');
  const timer = setTimeout(() => complete.reject(new Error('the moved connection is stuck')), patienceMs);
  await complete.promise;
  clearTimeout(timer);
  assert.ok(Buffer.concat(parts).equals(Buffer.concat([contents(queued), Buffer.from('last')])), 'octets');
  client.destroy();
  closeDescriptor(descriptor);
  return state;
}

function contents(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 31) % 251));
}
