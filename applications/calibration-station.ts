import type net from 'node:net';
import * as z from 'zod/mini';
import { clientListener } from '../nodes/support/client-socket.ts';
import { port } from '../nodes/support/config-numbers.ts';
import { startNode } from '../nodes/support/node-process.ts';
import { strictObject } from '../nodes/support/strict-object.ts';
import { BulkServer } from './bulk-server.ts';
import { udpOrder } from './udp-order.ts';
import { UdpSource } from './udp-source.ts';

/** A measuring station: sends datagrams to order, and documents to who asks. */
const node = startNode(
  'calibration-station',
  'sends UDP datagrams to order (a JSON line each, answered when they are sent) and documents over TCP',
  strictObject({
    address: z.ipv6(),
    /** TCP: orders */
    orderPort: port,
    /** UDP: datagrams; TCP: documents */
    servicePort: port,
  }),
);

const { address, orderPort, servicePort } = node.config;
const orderLimit = 4096;
const source = new UdpSource(address, servicePort);

function serveOrders(socket: net.Socket): void {
  let text = '';
  let obeyed: Promise<unknown> = Promise.resolve();
  socket.setNoDelay();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    obeyed = Promise.all([obeyed, ...lines.map((line) => obey(line, socket))]);
    if (text.length > orderLimit) socket.destroy();
  });
  socket.once('end', () => void obeyed.then(() => socket.end()));
}

async function obey(line: string, socket: net.Socket): Promise<void> {
  const order = udpOrder.parse(JSON.parse(line));
  const taken = await source.run(order);
  node.log.write('order-carried-out', { number: order.number, taken });
  socket.write(`${order.number} ${taken}\n`);
}

const orders = clientListener(serveOrders);
const bulk = new BulkServer();
orders.listen(orderPort, address, () => bulk.listen(servicePort, address, () => node.ready()));
