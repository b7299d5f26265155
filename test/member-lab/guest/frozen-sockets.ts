import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type net from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { FdPoller } from '../../../linux/fd-poller.ts';
import { removeFilterTable, setFilterTable } from '../../../linux/nft.ts';
import { memberFirewall, memberTable } from '../../../linux/recipes/member-firewall.ts';
import { setAbortiveClose } from '../../../linux/tcp/abortive-close.ts';
import { closeWindow } from '../../../linux/tcp/closed-window.ts';
import {
  type MovableOptionName,
  type MovedOptions,
  movableOption,
  type OptionValue,
} from '../../../linux/tcp/movable-options.ts';
import { descriptorOf, startReading, stopReading } from '../../../linux/tcp/node-socket.ts';
import { optionValue } from '../../../linux/tcp/option-values.ts';
import { outstanding, unsent } from '../../../linux/tcp/queue-length.ts';
import { setSendBuffer } from '../../../linux/tcp/send-buffer.ts';
import { decodeTcpState, encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { ipv6 } from '../../../mip6/wire/address.ts';
import { AcceptedSocket, decodeMoved } from '../../../nodes/member/accepted-socket.ts';
import { DonorConnection } from '../../../nodes/member/donor-connection.ts';
import { DonorSocket } from '../../../nodes/member/donor-socket.ts';
import { connection, restored, restoring } from './own-connection.ts';

/** longer than the first two timeouts of a re-created socket, 3 and 6 s: the third would come 21 s after it was made; ms */
const LONG_MS = 10_000;
/** shorter than the client's first question for a window, 200 ms */
const QUIET_MS = 50;

/** Moves two connections from one socket to another of the same machine, and writes down what came of them. */
async function main(): Promise<void> {
  const result = {
    ...(await longWait()),
    ...(await unreadOctets()),
    ...(await closedWindow()),
    ...(await quietedClients()),
    ...(await unknownOptions()),
    ...(await idioms()),
    ...(await brokenOff()),
  };
  writeFileSync('result.json', JSON.stringify(result));
  process.exit(0);
}

/** The client's octets: some that Node has read and the application has not, some in the kernel, some sent later. */
async function unreadOctets(): Promise<object> {
  const { served, far } = await connection();
  served.on('readable', () => undefined);
  far.write('read by Node, ');
  await once(served, 'readable');
  const heldByNode = served.readableLength;
  const donor = new DonorSocket(served, restoring.sendBuffer);
  await new Promise((written) => far.write('in the kernel, ', written));
  const tcpState = donor.freezeAndExtract();
  const moved = Buffer.from(decodeTcpState(tcpState).received).toString();
  const socket = await restored(served, donor, tcpState);
  far.end('sent later');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'end');
  socket.end();
  return { heldByNode, moved, arrived: Buffer.concat(chunks).toString() };
}

/** A client that reads nothing until its server is frozen, so that nobody hears it open its window. */
async function closedWindow(): Promise<object> {
  const octets = 1_000_000;
  const { served, far } = await connection();
  stopReading(far);
  setSendBuffer(descriptorOf(served), restoring.sendBuffer);
  await new Promise((written) => served.write(Buffer.alloc(octets, 'x'), written));
  await windowClosed(descriptorOf(served));
  const donor = new DonorSocket(served, restoring.sendBuffer);
  const tcpState = donor.freezeAndExtract();
  const { window, unsent: left } = decodeTcpState(tcpState);
  let received = 0;
  startReading(far);
  far.on('data', (chunk) => {
    received += chunk.length;
  });
  while (received < octets - left.length) await once(far, 'data');
  const socket = await restored(served, donor, tcpState);
  const activatedAt = performance.now();
  await once(far, 'data');
  const silentMs = performance.now() - activatedAt;
  while (received < octets) await once(far, 'data');
  socket.end();
  return { windowThen: window.send, unsent: left.length, silentMs };
}

/** Clients in the middle of sending are told to stop, and then served on: by another socket, and by the same one. */
async function quietedClients(): Promise<object> {
  setFilterTable(memberFirewall([ipv6('::1')]));
  const moved = await quieted((served, donor, tcpState) => restored(served, donor, tcpState));
  const stayed = await quieted(async (served, donor) => {
    donor.unfreeze();
    return served;
  });
  removeFilterTable(memberTable);
  return { quietedAndMoved: moved, quietedAndStayed: stayed };
}

async function quieted(
  goOn: (served: net.Socket, donor: DonorSocket, tcpState: Uint8Array) => Promise<net.Socket>,
): Promise<object> {
  const octets = 40_000_000;
  const { served, far } = await connection();
  let received = 0;
  const count = (chunk: Buffer): void => {
    received += chunk.length;
  };
  served.on('data', count);
  far.write(Buffer.alloc(octets, 'x'));
  while (received < 1_000_000) await once(served, 'data');
  closeWindow(descriptorOf(served));
  const last = await quietFor(() => received, QUIET_MS);
  const underWay =
    unsent(descriptorOf(far)) > 0 && outstanding(descriptorOf(far)) === unsent(descriptorOf(far));
  const donor = new DonorSocket(served, restoring.sendBuffer);
  const tcpState = donor.freezeAndExtract();
  const { windowClosed, received: unread } = decodeTcpState(tcpState);
  const before = received;
  const at = performance.now();
  const socket = await goOn(served, donor, tcpState);
  if (socket !== served) socket.on('data', count);
  while (received === before) await once(socket, 'data');
  const silentMs = performance.now() - at;
  while (received < octets) await once(socket, 'data');
  socket.destroy();
  far.destroy();
  return {
    stopped: last < octets,
    nothingUnderWay: underWay,
    windowClosed,
    unread: unread.length,
    silentMs,
    received,
  };
}

/** What `value` is when it has not changed for so long. */
async function quietFor(value: () => number, ms: number): Promise<number> {
  for (let last = value(); ; last = value()) {
    await setTimeout(ms);
    if (value() === last) return last;
  }
}

/**
 * An acceptor that has to wait for its contact node. The client lacks the first segment of what is in flight, and its window is full of
 * what comes behind that: nothing tells the acceptor so but the client, once the acceptor speaks.
 */
async function longWait(): Promise<object> {
  const { served, far } = await connection();
  const donor = new DonorSocket(served, restoring.sendBuffer);
  const state = decodeTcpState(donor.freezeAndExtract());
  const sent = Buffer.alloc(state.window.send, 'x');
  const [first, second] = [sent.subarray(0, 1000), sent.subarray(1000)];
  const sendUnacknowledged = (state.sendUnacknowledged + first.length) >>> 0;
  const behind = encodeTcpState({ ...state, sendUnacknowledged, unsent: second });
  const speaking = new DonorSocket(await restored(served, donor, behind), restoring.sendBuffer);
  await setTimeout(100);
  speaking.freezeAndExtract();
  speaking.discard();
  const unsent = Buffer.alloc(50_000, 'y');
  const waiting = new AcceptedSocket({ ...state, sent, unsent }, restoring);
  await setTimeout(LONG_MS);
  const socket = waiting.activate();
  const activatedAt = performance.now();
  let received = 0;
  far.on('data', (chunk) => {
    received += chunk.length;
  });
  await once(far, 'data');
  const waitedMs = performance.now() - activatedAt;
  while (received < sent.length + unsent.length) await once(far, 'data');
  socket.end();
  return { waitedMs };
}

/** A congestion control that this kernel does not have, and an option of a later release. */
async function unknownOptions(): Promise<object> {
  const { served, far } = await connection();
  const donor = new DonorSocket(served, restoring.sendBuffer);
  const state = decodeTcpState(donor.freezeAndExtract());
  const options: MovedOptions = new Map<MovableOptionName, OptionValue>([
    ['TCP_CONGESTION', 'never-heard-of'],
    ['IPV6_TCLASS', 0x28n],
  ]);
  const tcpState = Uint8Array.of(...encodeTcpState({ ...state, options }), 200, 1, 7);
  tcpState[74]! += 3; // the length of the options
  const problems: string[] = [];
  const socket = await restored(served, donor, tcpState, ({ option, value }) =>
    problems.push(`${option} ${value}`),
  );
  far.end('heard');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  const trafficClass = String(optionValue(descriptorOf(socket), movableOption('IPV6_TCLASS')));
  socket.end();
  return { problems, unknown: decodeMoved(tcpState).unknownOptions, trafficClass, heard: chunk.toString() };
}

/** `for await` and `pipeline` as docs/server-library.md has them, on a socket that comes back: the same one, then a new one. */
async function idioms(): Promise<object> {
  const { served, far } = await connection();
  const heard: string[] = [];
  far.on('data', (chunk) => heard.push(chunk.toString()));
  const read = async (socket: net.Socket): Promise<string> => {
    for await (const chunk of socket.iterator({ destroyOnReturn: false })) return String(chunk);
    return 'ended';
  };
  const lines: string[] = [];
  const turn = async (socket: net.Socket, line: string): Promise<void> => {
    const reading = read(socket);
    far.write(line);
    lines.push(await reading);
    await pipeline(Readable.from([`${line} answered,`]), socket, { end: false });
  };
  await turn(served, 'first');
  const donor = new DonorSocket(served, restoring.sendBuffer);
  donor.freezeAndExtract();
  donor.unfreeze();
  await turn(served, 'second');
  const again = new DonorSocket(served, restoring.sendBuffer);
  const back = await restored(served, again, again.freezeAndExtract());
  await turn(back, 'third');
  for (let count = 0; heard.join('').length < 45 && count < 1000; count++) await setTimeout(1);
  back.end();
  return { lines, answers: heard.join('') };
}

/** Its application destroys a socket while it is frozen; its client hears nothing until the acceptor is known not to serve. */
async function brokenOff(): Promise<object> {
  const { served, far } = await connection();
  let ended = '';
  far.on('error', (error) => (ended = String(Reflect.get(error, 'code'))));
  setAbortiveClose(descriptorOf(served), true); // as of every client's socket
  const whole = { socket: served, applicationState: new Uint8Array(0) };
  const context = { poller: FdPoller.open(), ...restoring };
  const departing = new DonorConnection(whole, context, () => undefined);
  departing.frozen.freezeAndExtract();
  served.destroy();
  far.write('are you there?');
  await setTimeout(1000);
  const heldBack = ended === '' && !far.destroyed;
  departing.brokenOff('the acceptor refuses');
  for (let count = 0; !far.destroyed && count < 1000; count++) await setTimeout(1);
  context.poller.close();
  return { heldBack, ended };
}

/** With octets left to send, nothing is under way only when the client takes nothing. */
async function windowClosed(descriptor: number): Promise<void> {
  for (let count = 0; outstanding(descriptor) > unsent(descriptor); count++) {
    if (count > 1000) throw new RangeError('the client goes on taking octets');
    await setTimeout(10);
  }
}

void main();
