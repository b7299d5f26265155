import { setTimeout as delay } from 'node:timers/promises';
import { realtimeNs } from '../../../linux/clock.ts';
import { FdPoller } from '../../../linux/fd-poller.ts';
import { setNumberOption } from '../../../linux/socket-libc.ts';
import { TCP_REPAIR } from '../../../linux/socket-options.ts';
import { extract } from '../../../linux/tcp/extract.ts';
import { freeze, unfreeze } from '../../../linux/tcp/freeze.ts';
import { NO_OPTIONS } from '../../../linux/tcp/movable-options.ts';
import { descriptorOf, startReading, stopReading } from '../../../linux/tcp/node-socket.ts';
import { QUEUE, selectQueue } from '../../../linux/tcp/repair.ts';
import { deafen } from '../../../linux/tcp/silence.ts';
import { Capture } from './capture.ts';
import { buildTcpNetwork, connectClient } from './tcp-network.ts';
import { documentOf, Pump, Receiver, sha256 } from './transfer.ts';

const FROZEN_MS = 5_000;
/** What was sent before may still wait in the link's shaper; the first timer would fire after 200 ms. */
const SHAPER_MS = 100;

/**
 * Freezes a sender with data in flight and an acknowledgement owed, for five seconds, and counts what leaves it.
 * `how`: as the project does, or by filter and repair mode alone, to show that the rest is needed.
 */
export async function silence(how: 'freeze' | 'repair-mode-alone'): Promise<unknown> {
  buildTcpNetwork({ delayMs: 20, rateMbit: 40, home: false });
  const poller = FdPoller.open();
  const capture = await Capture.start('donor', 'router');
  const { client, served, server } = await connectClient();
  const octets = documentOf(500_000);
  const receiver = new Receiver(client);
  const upload = new Receiver(served);
  const donor = descriptorOf(served);
  stopReading(served);
  const pump = new Pump(poller, donor, octets);
  await receiver.has(100_000);
  client.write('x');
  // One link delay and a little: the octet has arrived, its acknowledgement is still being delayed.
  await delay(22);
  pump.stop();
  if (how === 'freeze') freeze(donor);
  else halfFreeze(donor);
  const from = realtimeNs() + BigInt(SHAPER_MS) * 1_000_000n;
  const { sent, unsent } = extract(donor, NO_OPTIONS);
  await delay(FROZEN_MS);
  const until = realtimeNs();
  const extractedLater = extract(donor, NO_OPTIONS);

  unfreeze(donor);
  startReading(served);
  const rest = new Pump(poller, donor, octets.subarray(pump.written));
  await rest.finished;
  await receiver.has(octets.length);
  await upload.has(1);
  const resumedMs = Number(realtimeNs() - until) / 1e6;
  client.destroy();
  served.destroy();
  server.close();
  poller.close();
  const segments = await capture.stop();
  return {
    intact: receiver.digest() === sha256(octets),
    inFlight: sent.length,
    unsent: unsent.length,
    unsentLater: extractedLater.unsent.length,
    left: segments.filter(({ fromServer, time }) => fromServer && time > from && time < until).length,
    resumedMs,
  };
}

function halfFreeze(descriptor: number): void {
  deafen(descriptor);
  setNumberOption(descriptor, TCP_REPAIR, 1);
  selectQueue(descriptor, QUEUE.send);
}
