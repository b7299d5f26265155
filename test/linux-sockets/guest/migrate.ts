import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { realtimeNs } from '../../../linux/clock.ts';
import { FdPoller } from '../../../linux/fd-poller.ts';
import { extract } from '../../../linux/tcp/extract.ts';
import { disregardEchoes, freeze } from '../../../linux/tcp/freeze.ts';
import { NO_OPTIONS } from '../../../linux/tcp/movable-options.ts';
import { descriptorOf, stopReading } from '../../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../../linux/tcp/queue.ts';
import { activate, type RestoredSocket, restore } from '../../../linux/tcp/restore.ts';
import { setSendBuffer } from '../../../linux/tcp/send-buffer.ts';
import { deafen, mute, undeafen, unmute } from '../../../linux/tcp/silence.ts';
import type { TcpConnectionState } from '../../../linux/tcp/state.ts';
import { decodeTcpState, encodeTcpState } from '../../../linux/tcp/state-codec.ts';
import { UNHEARD_MS } from '../../../server/handoff/unheard-client.ts';
import { Capture, type Segment } from './capture.ts';
import { counter, inNode } from './network.ts';
import { bindClient, optimiseRoutes } from './route-optimisation.ts';
import { buildTcpNetwork, CARE_OF_ADDRESSES, connectClient, routeTo } from './tcp-network.ts';
import { documentOf, Pump, Receiver, sha256 } from './transfer.ts';
import { Trips } from './trips.ts';

export interface MigrationOptions {
  /** wait until all written data is acknowledged before the freeze */
  readonly drain: boolean;
  /** by route optimisation rather than a changed route */
  readonly optimised?: boolean;
  /** the acceptor's timestamp clock starts that far behind the donor's, in ms */
  readonly timestampBehind?: number;
  /** the acceptor is cut off when it has just gone on, for so long, ms */
  readonly cutOffMs?: number;
}

const OCTETS = 8_000_000;
const MOVE_AT = 3_000_000;
const PATIENCE_MS = 5_000;
const DELAY_MS = 20;
const UPLOAD = documentOf(100_000);

/** Moves one connection from donor to acceptor in the middle of a download, and tells what the wire showed. */
export async function migrate({
  drain,
  optimised,
  timestampBehind = 0,
  cutOffMs = 0,
}: MigrationOptions): Promise<unknown> {
  buildTcpNetwork({ delayMs: DELAY_MS, rateMbit: 40, home: optimised ?? false });
  if (optimised) optimiseRoutes(CARE_OF_ADDRESSES);
  const poller = FdPoller.open();
  const capture = await Capture.start('client', 'router');
  const octets = documentOf(OCTETS);
  const { client, served, server } = await connectClient();
  const download = new Receiver(client, OCTETS);
  const donor = descriptorOf(served);
  stopReading(served);
  setSendBuffer(donor, 60_000);
  client.write(UPLOAD);
  const pump = new Pump(poller, donor, octets);
  await download.has(MOVE_AT);
  pump.stop();
  if (drain) await inNode('donor', () => whenDrained(poller, donor));

  freeze(donor);
  const state = extract(donor, NO_OPTIONS);
  const encoded = encodeTcpState(state);
  const moved = decodeTcpState(encoded);
  assert.deepEqual(plain(moved), plain(state), 'the state survives its encoding');
  const restored = inNode('acceptor', () =>
    restore(moved, { sendBuffer: 60_000, timestampAdvance: -timestampBehind }),
  );
  // Not before: what arrives for an address without the connection is answered by a reset.
  if (optimised) bindClient('update', CARE_OF_ADDRESSES.acceptor);
  else routeTo('acceptor');
  const cut = realtimeNs();
  const acceptor = takeOver(restored, octets.subarray(pump.written), poller);
  if (cutOffMs > 0) await cutOff(restored.descriptor, cutOffMs);
  const trips = new Trips(restored.descriptor);

  const waiting = new AbortController();
  const complete = await Promise.race([
    download.has(OCTETS).then(() => true),
    delay(timestampBehind > 0 ? PATIENCE_MS : 20 * PATIENCE_MS, false, { signal: waiting.signal }),
  ]);
  waiting.abort();
  const longestTripMs = trips.end();
  if (complete) await finish(acceptor, client, download, sha256(octets));
  // Only now: what was still on its way to the donor would have been answered by resets.
  served.destroy();
  acceptor.pump.stop();
  acceptor.socket.destroy();
  client.destroy();
  server.close();
  poller.close();
  return {
    complete,
    longestTripMs,
    stateOctets: encoded.length,
    state: summary(state),
    pawsDrops: counter('client', 'TcpExt', 'PAWSEstab'),
    ...account(await capture.stop(), cut),
  };
}

/** Nothing comes, and nothing leaves. */
async function cutOff(descriptor: number, ms: number): Promise<void> {
  deafen(descriptor);
  mute(descriptor);
  await delay(UNHEARD_MS);
  disregardEchoes(descriptor);
  await delay(ms - UNHEARD_MS);
  unmute(descriptor);
  undeafen(descriptor);
}

interface Acceptor {
  readonly socket: net.Socket;
  readonly receiver: Receiver;
  readonly pump: Pump;
}

function takeOver({ descriptor, unsent }: RestoredSocket, rest: Uint8Array, poller: FdPoller): Acceptor {
  activate(descriptor);
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
  const pump = new Pump(poller, descriptor, Buffer.concat([unsent, rest]));
  return { socket, receiver: new Receiver(socket), pump };
}

/** The other direction must work too, and the connection end in order. */
async function finish(
  { socket, receiver, pump }: Acceptor,
  client: net.Socket,
  download: Receiver,
  expected: string,
) {
  await pump.finished;
  client.end('and more');
  await receiver.has(UPLOAD.length + 8);
  assert.equal(
    receiver.digest(),
    sha256(Buffer.concat([UPLOAD, Buffer.from('and more')])),
    'the upload is intact',
  );
  socket.end();
  await once(client, 'close');
  assert.equal(download.digest(), expected, 'the download is intact');
}

function account(segments: readonly Segment[], cut: bigint) {
  const data = segments.filter(({ fromServer, octets }) => fromServer && octets > 0);
  // The donor's last segments are still under way for one link delay after the cut.
  const first = data.find(({ time }) => time > cut + BigInt(DELAY_MS) * 1_000_000n);
  const before = data.filter(({ time }) => first !== undefined && time < first.time);
  const longest = (some: readonly Segment[]): number =>
    some.reduce((most, { octets }) => Math.max(most, octets), 0);
  return {
    resets: segments.filter(({ flags }) => flags.includes('R')).length,
    repeated: data.length - new Set(data.map(({ sequence }) => sequence)).size,
    optimised: data.filter((segment) => segment.optimised).length,
    gapMs: first === undefined ? undefined : Number(first.time - before.at(-1)!.time) / 1e6,
    longestBefore: longest(before),
    longestAfter: longest(data.slice(before.length)),
  };
}

function summary(state: TcpConnectionState) {
  const { received, sent, unsent, maximumSegmentSize, timestamp, windowScale } = state;
  return {
    received: received.length,
    sent: sent.length,
    unsent: unsent.length,
    maximumSegmentSize,
    timestamps: timestamp !== undefined,
    windowScale,
  };
}

function plain(state: TcpConnectionState): unknown {
  const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
  return { ...state, received: hex(state.received), sent: hex(state.sent), unsent: hex(state.unsent) };
}
