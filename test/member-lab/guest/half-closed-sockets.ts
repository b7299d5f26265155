import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type net from 'node:net';
import { FdPoller } from '../../../linux/fd-poller.ts';
import { LabError } from '../../../linux/lab-error.ts';
import { connectionState, stateName } from '../../../linux/tcp/connection-state.ts';
import { descriptorOf, startReading, stopReading } from '../../../linux/tcp/node-socket.ts';
import { outstanding, unsent } from '../../../linux/tcp/queue-length.ts';
import { setSendBuffer } from '../../../linux/tcp/send-buffer.ts';
import { decodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { DonorSocket } from '../../../nodes/member/donor-socket.ts';
import { connection, restored, restoring } from './own-connection.ts';

const ANSWER = Buffer.alloc(1_000_000, 'answer ');
/** what the client sends before its FIN */
const ASKED = 'asked, and closed';

/** How far the donor has got with the client's end when it hands off. */
const SEEN = ['in the kernel', 'read by Node', 'told to the application'] as const;
type Seen = (typeof SEEN)[number];

/** Connections whose client has closed its side: moved, moved again, resumed, refused; writes down what came of each. */
async function main(): Promise<void> {
  const poller = FdPoller.open();
  const moved: Record<string, unknown> = {};
  for (const seen of SEEN) moved[seen] = await moveTwice(seen);
  const result = {
    moved,
    underPolicy: await moveUnderPolicy(),
    resumed: await resume(),
    silentMs: await closedWindow('moved'),
    silentResumedMs: await closedWindow('resumed'),
    standsMs: await whereTheClientStands(poller),
    refused: await closedHere(),
  };
  poller.close();
  writeFileSync('result.json', JSON.stringify(result));
  process.exit(0);
}

/** A served connection whose client has said all and closed its side. */
async function halfClosed(seen: Seen): Promise<{ served: net.Socket; far: net.Socket; ends: string[] }> {
  const { served, far } = await connection();
  const ends: string[] = [];
  served.on('end', () => ends.push('end'));
  if (seen === 'in the kernel') stopReading(served);
  if (seen === 'told to the application') served.resume();
  if (seen === 'read by Node') served.pause().read(0);
  far.end(ASKED);
  await state(served, 'CLOSE-WAIT');
  if (seen === 'told to the application' && ends.length === 0) await once(served, 'end');
  // A turn for each of Node's readings: of the octets, and of the end.
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
  return { served, far, ends };
}

async function state(socket: net.Socket, wanted: string): Promise<void> {
  for (let turn = 0; stateName(connectionState(descriptorOf(socket))) !== wanted; turn++) {
    if (turn > 1000) throw new RangeError(`the connection never is in ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function moveTwice(seen: Seen): Promise<unknown> {
  const { served, far, ends } = await halfClosed(seen);
  const told = ends.length;
  const first = new DonorSocket(served, restoring.sendBuffer);
  const tcpState = first.freezeAndExtract();
  const { receivedFin, received } = decodeTcpState(tcpState);
  const middle = await restored(served, first, tcpState);
  const states = [stateName(connectionState(descriptorOf(middle)))];
  const second = new DonorSocket(middle, restoring.sendBuffer);
  const last = await restored(middle, second, second.freezeAndExtract());
  states.push(stateName(connectionState(descriptorOf(last))));
  return {
    receivedFin,
    inState: Buffer.from(received).toString(),
    toldMeanwhile: ends.length - told,
    states,
    ...(await converse(last, far)),
  };
}

/** As where a binding is in force: nothing that comes without its routing header is the client's. */
async function moveUnderPolicy(): Promise<unknown> {
  const { served, far } = await halfClosed('in the kernel');
  const { remoteAddress, localAddress } = served;
  const policy = (verb: string, ...rest: readonly string[]): void => {
    const ends = ['src', `${remoteAddress}/128`, 'dst', `${localAddress}/128`, 'proto', 'tcp', 'dir', 'in'];
    execFileSync('ip', ['xfrm', 'policy', verb, ...ends, ...rest]);
  };
  const donor = new DonorSocket(served, restoring.sendBuffer);
  const tcpState = donor.freezeAndExtract();
  policy('add', 'action', 'block');
  const socket = await restored(served, donor, tcpState);
  const inState = stateName(connectionState(descriptorOf(socket)));
  policy('delete');
  return { inState, ...(await converse(socket, far)) };
}

async function resume(): Promise<unknown> {
  const { served, far, ends } = await halfClosed('read by Node');
  const donor = new DonorSocket(served, restoring.sendBuffer);
  donor.freezeAndExtract();
  await new Promise((resolve) => setImmediate(resolve));
  const toldWhileFrozen = ends.length;
  const chunks: Buffer[] = [];
  served.on('data', (chunk) => chunks.push(chunk));
  donor.unfreeze();
  const answered = await converse(served, far);
  return { toldWhileFrozen, ...answered, heard: Buffer.concat(chunks).toString() };
}

/** The server reads to the end and answers; the client reads to the end. */
async function converse(server: net.Socket, far: net.Socket): Promise<object> {
  const [heard, answered] = [[] as Buffer[], [] as Buffer[]];
  server.on('data', (chunk) => heard.push(chunk));
  far.on('data', (chunk) => answered.push(chunk));
  if (!server.readableEnded) await once(server, 'end');
  const closed = Promise.all([once(server, 'close'), once(far, 'close')]);
  server.end(ANSWER);
  await closed;
  return {
    heard: Buffer.concat(heard).toString(),
    answered: Buffer.concat(answered).equals(ANSWER),
  };
}

/** A client that has closed its side and reads nothing until its server is frozen; ms until it is sent to again. */
async function closedWindow(how: 'moved' | 'resumed'): Promise<number> {
  const { served, far } = await halfClosed('in the kernel');
  stopReading(far);
  setSendBuffer(descriptorOf(served), restoring.sendBuffer);
  await new Promise((written) => served.write(ANSWER, written));
  const descriptor = descriptorOf(served);
  for (let count = 0; outstanding(descriptor) > unsent(descriptor); count++) {
    if (count > 1000) throw new RangeError('the client goes on taking octets');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const donor = new DonorSocket(served, restoring.sendBuffer);
  const tcpState = donor.freezeAndExtract();
  const left = decodeTcpState(tcpState).unsent.length;
  let received = 0;
  far.on('data', (chunk) => {
    received += chunk.length;
  });
  startReading(far);
  while (received < ANSWER.length - left) await once(far, 'data');
  const before = performance.now();
  let socket = served;
  if (how === 'moved') socket = await restored(served, donor, tcpState);
  else donor.unfreeze();
  await once(far, 'data');
  const silentMs = performance.now() - before;
  const closed = once(far, 'close');
  socket.end();
  await closed;
  if (received !== ANSWER.length) throw new RangeError(`${received} octets of ${ANSWER.length}`);
  return silentMs;
}

/** The client has nothing to acknowledge and nothing to say: only an answer to a probe tells where it stands. */
async function whereTheClientStands(poller: FdPoller): Promise<number> {
  const { served, far } = await halfClosed('in the kernel');
  const donor = new DonorSocket(served, restoring.sendBuffer);
  donor.freezeAndExtract();
  const before = performance.now();
  const socket = await donor.unfreezeWhereClientStands(poller, restoring);
  const ms = performance.now() - before;
  await converse(socket!, far);
  return ms;
}

/** One that the server has closed cannot be moved: it is named, and goes on. */
async function closedHere(): Promise<unknown> {
  const { served, far } = await connection();
  served.end('the last words');
  await state(served, 'FIN-WAIT-2');
  const donor = new DonorSocket(served, restoring.sendBuffer);
  let reason = '';
  try {
    donor.freezeAndExtract();
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    reason = error.message.split('\n')[0]!;
  }
  donor.unfreeze();
  const [chunk] = (await once(far, 'data')) as [Buffer];
  const closed = Promise.all([once(served, 'close'), once(far, 'close')]);
  far.end();
  await closed;
  return { reason, heard: chunk.toString() };
}

void main();
