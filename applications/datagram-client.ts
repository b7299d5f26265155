import dgram from 'node:dgram';
import * as z from 'zod/mini';
import * as fields from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { strictObject } from '../nodes/support/strict-object.ts';

/** A client that sends numbered datagrams at a steady pace, whether they are answered or not: the capture tells which were. */
const node = startNode(
  'datagram-client',
  'sends numbered datagrams to an echo server at a steady pace',
  strictObject({
    server: z.ipv6(),
    port: fields.port,
    /** the local port; absent: any */
    localPort: z.optional(fields.port),
    everyMs: fields.ms,
    count: fields.count,
    /** after the last one, for its answer */
    lingerMs: fields.ms,
  }),
);
const { server, port, localPort, everyMs, count, lingerMs } = node.config;
const datagramOctets = 16;

const socket = dgram.createSocket({ type: 'udp6', ipv6Only: true });
// A router's or host's error message ends the wait for one answer and nothing else.
socket.on('error', () => undefined);
// Nobody reads the answers: the socket's buffer is full at some time, and the kernel drops the rest.
socket.bind(localPort ?? 0, () => socket.connect(port, server, begin));

function begin(): void {
  node.ready();
  node.log.write('datagrams-begin', { port: socket.address().port, count });
  let number = 0;
  const timer = setInterval(() => {
    const datagram = Buffer.alloc(datagramOctets);
    datagram.writeUInt32BE(number++, 0);
    socket.send(datagram);
    if (number < count) return;
    clearInterval(timer);
    setTimeout(() => node.end(0), lingerMs);
  }, everyMs);
}
