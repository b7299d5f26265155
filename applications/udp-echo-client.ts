import dgram from 'node:dgram';
import * as z from 'zod/mini';
import { ms, port, positiveMs } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { repetitionStart } from '../nodes/support/repetition-start.ts';
import { monotonicMs } from '../nodes/support/role-driver.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { documentPart } from './document.ts';

/** The paper's UDP-echo client (§6.1): an ordinary UDP program; it knows nothing of Mobile IPv6. */
const node = startNode(
  'udp-echo-client',
  'sends datagrams to an echo server, one after the other, and measures their round trips',
  strictObject({
    server: z.ipv6(),
    port: port,
    /** payload of a datagram; its first four are the number of the repetition */
    octets: z.int().check(z.gte(4), z.lte(1232)),
    /** repetitions start at multiples of this on the monotonic clock … */
    periodMs: positiveMs,
    /** … plus one phase each */
    phasesMs: z.array(ms),
    /** no answer after this: the repetition has failed */
    timeoutMs: positiveMs,
    /** the same for the datagram before all repetitions, which a server may answer late */
    firstTimeoutMs: positiveMs,
  }),
);
/** The number of the datagram that goes before all repetitions. */
const first = 0xffffffff;
const socket = dgram.createSocket({ type: 'udp6', ipv6Only: true });
let onEvent: (problem: string, answer: Buffer) => void = () => undefined;

interface Exchange {
  readonly roundTripMs: number;
  /** '' when the answer was the datagram that was sent */
  readonly problem: string;
}

/** Sends one datagram and waits for its answer: any answer ends the exchange, only the right one is good. */
function exchange(number: number, timeoutMs: number): Promise<Exchange> {
  const datagram = Buffer.from(documentPart(0, node.config.octets));
  datagram.writeUInt32BE(number, 0);
  return new Promise((resolve) => {
    const end = (problem: string): void => {
      const roundTripMs = monotonicMs() - sentAt;
      clearTimeout(timer);
      onEvent = () => undefined;
      resolve({ roundTripMs, problem });
    };
    const timer = setTimeout(() => end(`no answer for ${timeoutMs} ms`), timeoutMs);
    onEvent = (problem, answer) =>
      end(problem || (answer.equals(datagram) ? '' : 'the answer is not what was sent'));
    const sentAt = monotonicMs();
    socket.send(datagram);
  });
}

/** The first datagram finds neighbours and, where the server optimises routes, ends when the direct path stands. */
async function runAll(): Promise<boolean> {
  const { phasesMs, periodMs, timeoutMs, firstTimeoutMs } = node.config;
  const opening = await exchange(first, firstTimeoutMs);
  node.log.write('first-answer', { ...opening });
  let good = opening.problem === '';
  for (const [repetition, phaseMs] of phasesMs.entries()) {
    await repetitionStart(periodMs, phaseMs);
    const { roundTripMs, problem } = await exchange(repetition, timeoutMs);
    node.log.write('repetition-finished', { repetition, ok: problem === '', problem, roundTripMs });
    good &&= problem === '';
  }
  return good;
}

socket.on('message', (answer) => onEvent('', answer));
socket.on('error', (error) => onEvent(String(error), Buffer.alloc(0)));
socket.connect(node.config.port, node.config.server, () => {
  node.ready();
  runAll().then((good) => {
    socket.close();
    node.end(good ? 0 : 1);
  });
});
