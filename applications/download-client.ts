import { createHash } from 'node:crypto';
import net from 'node:net';
import * as z from 'zod/mini';
import { stopIdleMetrics } from '../linux/idle-metrics.ts';
import { descriptorOf } from '../linux/tcp/node-socket.ts';
import { setReceiveLowWater } from '../linux/tcp/receive-low-water.ts';
import { boundReceiveWindow } from '../linux/tcp/receive-window.ts';
import { readXfrmStatistics, xfrmStatisticsSince } from '../linux/xfrm-statistics.ts';
import { ms, octets, port, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { repetitionSettings, runRepetitions } from '../nodes/support/repetitions.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { documentPart } from './document.ts';
import { receiveBuffer } from './receive-buffer.ts';

/** The download client: an ordinary TCP program; it knows nothing of Mobile IPv6. */
const node = startNode(
  'download-client',
  'fetches a document from the server, again and again, and checks every octet',
  strictObject({
    server: z.ipv6(),
    port: port,
    bytes: octets,
    ...repetitionSettings,
    /** octets that must have arrived before the client is woken (SO_RCVLOWAT); 0: every packet wakes it */
    receiveLowWater: octets,
    /** the largest receive window that the client offers, octets */
    receiveWindow: octets,
    /** no end of the document this long after the connection was opened: the repetition has failed */
    timeoutMs: positiveMs,
    /** after the last repetition: time for both ends to finish with the connection before the network goes away */
    lingerMs: ms,
  }),
);

const expected = sha256Of(node.config.bytes);

/** of the document's first octets */
function sha256Of(octets: number): string {
  return createHash('sha256').update(documentPart(0, octets)).digest('hex');
}

let counted = readXfrmStatistics();

/** What this machine's kernel has dropped since it was last asked: `XfrmInTmplMismatch 3`; '' for nothing. */
function droppedSince(): string {
  const before = counted;
  counted = readXfrmStatistics();
  return Object.entries(xfrmStatisticsSince(before, counted))
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

function runOne(repetition: number): Promise<boolean> {
  const { server, port, bytes, receiveLowWater, receiveWindow, timeoutMs } = node.config;
  const hash = createHash('sha256');
  let received = 0;
  const take = (length: number): boolean => {
    hash.update(receiveBuffer.subarray(0, length));
    received += length;
    return true;
  };
  return new Promise((resolve) => {
    node.log.write('repetition-started', { repetition });
    const socket = net.connect({ host: server, port, onread: { buffer: receiveBuffer, callback: take } });
    let problem = '';
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no data for ${timeoutMs} ms`)));
    socket.once('connect', () => {
      node.log.write('connected', { repetition, port: socket.localPort ?? 0 });
      if (receiveLowWater > 0) setReceiveLowWater(descriptorOf(socket), receiveLowWater);
      boundReceiveWindow(socket, receiveWindow);
      socket.write(`GET ${bytes}\n`);
    });
    socket.once('error', (error) => (problem = String(error)));
    socket.once('close', () => {
      const sha256 = hash.digest('hex');
      const ok = problem === '' && received === bytes && sha256 === expected;
      // Of a document that has not come to its end: as far as it came.
      const intact = ok || sha256 === sha256Of(Math.min(received, bytes));
      const dropped = droppedSince();
      const told = { repetition, bytes: received, sha256, expected, ok, intact, problem, dropped };
      node.log.write('repetition-finished', told);
      resolve(ok);
    });
  });
}

stopIdleMetrics();
node.ready();
runRepetitions(node.config, runOne).then((good) =>
  setTimeout(() => node.end(good ? 0 : 1), node.config.lingerMs),
);
