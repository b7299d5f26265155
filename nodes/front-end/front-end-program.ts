import * as z from 'zod/mini';
import { ipv6 } from '../../mip6/wire/address.ts';
import { address } from '../support/config-fields.ts';
import { port } from '../support/config-numbers.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { strictObject } from '../support/strict-object.ts';
import { frontEnd } from './recipes.ts';

/** A classic front end, to compare with: no Mobile IPv6, no home agent, no handoff. The kernel forwards; this process waits. */
const node = startNode(
  'front-end',
  'owns a service address and forwards each packet to a back-end server',
  strictObject({
    serviceAddress: address,
    servicePort: port,
    /** its own address */
    frontEnd: address,
    backEnd: address,
    /** by which clients' packets come in */
    device: z.string(),
  }),
);
const { serviceAddress, frontEnd: own, backEnd, ...rest } = node.config;
const hold = new KernelHold(node);
hold.reconciler.set(
  'front end',
  frontEnd({ serviceAddress: ipv6(serviceAddress), frontEnd: ipv6(own), backEnd: ipv6(backEnd) }, rest),
);
/** Without anything to wait for, a process ends. */
const idle = setInterval(() => undefined, 2 ** 31 - 1);
node.onStop(() => {
  clearInterval(idle);
  hold.release();
});
node.ready();
