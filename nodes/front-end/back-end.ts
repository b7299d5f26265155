import * as z from 'zod/mini';
import { documentPart } from '../../applications/document.ts';
import { onRequests } from '../../applications/session-requests.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { setSendBuffer } from '../../linux/tcp/send-buffer.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { clientListener } from '../support/client-socket.ts';
import { address } from '../support/config-fields.ts';
import { port, positiveOctets } from '../support/config-numbers.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { strictObject } from '../support/strict-object.ts';
import { backEnd } from './recipes.ts';

/** The server behind a classic front end: an ordinary TCP program, with the session server's protocol. */
const node = startNode(
  'back-end',
  'serves documents at the service address of a front end',
  strictObject({
    serviceAddress: address,
    servicePort: port,
    frontEnd: address,
    /** its own address */
    backEnd: address,
    /** false: answers return through the front end */
    directReturn: z.boolean(),
    /** SO_SNDBUF, octets */
    sendBuffer: positiveOctets,
  }),
);
const { serviceAddress, servicePort, frontEnd, backEnd: own, directReturn, sendBuffer } = node.config;
const hold = new KernelHold(node);
const pair = { serviceAddress: ipv6(serviceAddress), frontEnd: ipv6(frontEnd), backEnd: ipv6(own) };
hold.reconciler.set('back end', backEnd(pair, { directReturn }));

const listener = clientListener((socket) =>
  onRequests(socket, {
    get: (octets) => socket.write(documentPart(0, octets)),
    end: () => socket.end(),
  }),
);
node.onStop(() => {
  listener.close();
  hold.release();
});
listener.listen({ host: serviceAddress, port: servicePort, ipv6Only: true }, () => {
  // Connections inherit the listening socket's options.
  setSendBuffer(descriptorOf(listener), sendBuffer);
  node.ready();
});
