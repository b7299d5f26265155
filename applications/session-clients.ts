import * as z from 'zod/mini';
import { FdPoller } from '../linux/fd-poller.ts';
import { stopIdleMetrics } from '../linux/idle-metrics.ts';
import { ms, octets, port, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { repetitionStart } from '../nodes/support/repetition-start.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { SessionClient } from './session-client.ts';

/** The clients of one server, each on a host of its own: ordinary TCP, nothing of Mobile IPv6. */
const node = startNode(
  'session-clients',
  'lets clients fetch documents at once, again and again, and checks every octet',
  strictObject({
    /** network namespaces, one per client */
    hosts: z.array(z.string()),
    server: z.ipv6(),
    port: port,
    /** octets of the first document, within which the server may hand clients off */
    firstBytes: octets,
    /** octets of the document that all fetch at the same time, when each has had its first octet in turn */
    bytes: octets,
    windowBytes: octets,
    /** repetitions start at multiples of this on the monotonic clock … */
    periodMs: positiveMs,
    /** … plus one phase each */
    phasesMs: z.array(ms),
    /** between the parts of a repetition: until nothing of the one before is on its way */
    settleMs: ms,
    /** a repetition that is not over by then has failed */
    timeoutMs: positiveMs,
    /** after the last repetition */
    lingerMs: ms,
  }),
);
const { config } = node;
stopIdleMetrics();
const poller = FdPoller.open();

function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, config.settleMs));
}

async function runOne(repetition: number): Promise<boolean> {
  node.log.write('repetition-started', { repetition });
  const deadline = new AbortController();
  const clients: SessionClient[] = [];
  const tooLong = `not over after ${config.timeoutMs} ms`;
  const timer = setTimeout(() => {
    deadline.abort(tooLong);
    for (const client of clients) client.abandon(tooLong);
  }, config.timeoutMs);
  let problem = '';
  try {
    const opened = config.hosts.map((host) =>
      SessionClient.open({ ...config, poller, host }, deadline.signal),
    );
    clients.push(...(await Promise.all(opened)));
    await converse(clients);
  } catch (error) {
    problem = String(error);
    for (const client of clients) client.abandon(problem);
  }
  clearTimeout(timer);
  const index = clients.findIndex((client) => client.problem !== '');
  if (index >= 0 && problem === '') problem = `${config.hosts[index]}: ${clients[index]!.problem}`;
  node.log.write('repetition-finished', { repetition, ok: problem === '', problem });
  return problem === '';
}

/** First documents and handoffs; one octet each, in turn; the documents; the end. */
async function converse(clients: readonly SessionClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.fetch(config.firstBytes)));
  await settle();
  for (const client of clients) await client.fetch(1);
  await settle();
  await Promise.all(clients.map((client) => client.fetch(config.bytes)));
  await settle();
  await Promise.all(clients.map((client) => client.end()));
}

async function runAll(): Promise<boolean> {
  let good = true;
  for (const [repetition, phaseMs] of config.phasesMs.entries()) {
    await repetitionStart(config.periodMs, phaseMs);
    good = (await runOne(repetition)) && good;
  }
  return good;
}

node.onStop(() => poller.close());
node.ready();
runAll().then((good) => setTimeout(() => node.end(good ? 0 : 1), config.lingerMs));
