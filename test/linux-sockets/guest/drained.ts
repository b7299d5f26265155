import { setTimeout as delay } from 'node:timers/promises';
import { realtimeNs } from '../../../linux/clock.ts';
import { FdPoller } from '../../../linux/fd-poller.ts';
import { descriptorOf, stopReading } from '../../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../../linux/tcp/queue.ts';
import { outstanding } from '../../../linux/tcp/queue-length.ts';
import { Capture } from './capture.ts';
import { inNode } from './network.ts';
import { optimiseRoutes } from './route-optimisation.ts';
import { buildTcpNetwork, CARE_OF_ADDRESSES, connectClient } from './tcp-network.ts';
import { documentOf, Pump, Receiver } from './transfer.ts';

/** Waits for a full send queue to drain, and compares the instant with the capture's. */
export async function drained(optimised: boolean): Promise<unknown> {
  buildTcpNetwork({ delayMs: 20, rateMbit: 10, home: optimised });
  if (optimised) optimiseRoutes(CARE_OF_ADDRESSES);
  const poller = FdPoller.open();
  const wakeUps = countWakeUps(poller);
  const capture = await Capture.start('donor', 'router');
  const { client, served, server } = await connectClient();
  new Receiver(client);
  const donor = descriptorOf(served);
  stopReading(served);
  const pump = new Pump(poller, donor, documentOf(300_000));
  await pump.finished;

  const cancelled = new AbortController();
  let cancelledCame = false;
  void inNode('donor', () => whenDrained(poller, donor, cancelled.signal)).then(() => {
    cancelledCame = true;
  });
  cancelled.abort();
  const left = outstanding(donor);
  const before = wakeUps();
  await inNode('donor', () => whenDrained(poller, donor));
  const at = realtimeNs();
  const used = wakeUps() - before;
  const leftThen = outstanding(donor);
  await inNode('donor', () => whenDrained(poller, donor));
  const again = Number(realtimeNs() - at) / 1e6;
  await delay(500);
  client.destroy();
  served.destroy();
  server.close();
  poller.close();
  const acknowledgements = (await capture.stop()).filter(({ fromServer, time }) => !fromServer && time < at);
  const lateByMs = Number(at - acknowledgements.at(-1)!.time) / 1e6;
  return {
    left,
    leftThen,
    lateByMs,
    wakeUps: used,
    acknowledgements: acknowledgements.length,
    again,
    cancelledCame,
  };
}

function countWakeUps(poller: FdPoller): () => number {
  let count = 0;
  const watch = poller.watch.bind(poller);
  poller.watch = (descriptor, events, callback) => {
    watch(descriptor, events, (ready) => {
      count++;
      callback(ready);
    });
  };
  return () => count;
}
