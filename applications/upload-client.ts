import { createHash } from 'node:crypto';
import net from 'node:net';
import * as z from 'zod/mini';
import { stopIdleMetrics } from '../linux/idle-metrics.ts';
import { ms, octets, port, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { repetitionSettings, runRepetitions } from '../nodes/support/repetitions.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { documentPart } from './document.ts';

/** The upload client: an ordinary TCP program; it knows nothing of Mobile IPv6. */
const node = startNode(
  'upload-client',
  'sends a document to the server, again and again, and checks the digest that it is answered with',
  strictObject({
    server: z.ipv6(),
    port: port,
    bytes: octets,
    ...repetitionSettings,
    /** no octet of this connection has come or gone for so long: the repetition has failed */
    timeoutMs: positiveMs,
    /** after the last repetition: time for both ends to finish with the connection before the network goes away */
    lingerMs: ms,
  }),
);

const document = documentPart(0, node.config.bytes);
const expected = createHash('sha256').update(document).digest('hex');

function runOne(repetition: number): Promise<boolean> {
  const { server, port, bytes, timeoutMs } = node.config;
  let answer = '';
  return new Promise((resolve) => {
    node.log.write('repetition-started', { repetition });
    const socket = net.connect({ host: server, port });
    let problem = '';
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`nothing has moved for ${timeoutMs} ms`)));
    socket.once('connect', () => {
      node.log.write('connected', { repetition, port: socket.localPort ?? 0 });
      socket.write(`PUT ${bytes}\n`);
      socket.write(document);
    });
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      // Behind the answer this side ends, and the other one may.
      if (answer.includes('\n')) socket.end();
    });
    socket.once('error', (error) => (problem = String(error)));
    socket.once('close', () => {
      const [sha256 = ''] = answer.split('\n');
      const ok = problem === '' && sha256 === expected;
      const told = { repetition, bytes: socket.bytesWritten, sha256, expected, ok, problem };
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
