import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import { FdPoller } from '../../linux/fd-poller.ts';
import { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import { correspondentBase, correspondentBinding } from '../../linux/recipes/correspondent.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node.ts';
import type {
  CorrespondentBinding,
  CorrespondentNodeOutput,
} from '../../mip6/roles/correspondent-node-types.ts';
import { Counters } from '../support/counters.ts';
import { loggable } from '../support/loggable.ts';
import { startNode } from '../support/node-process.ts';
import { RoleDriver } from '../support/role-driver.ts';

/** The correspondent-node daemon (RFC 6275 §9): beside any application on a client, and independent of it. */
const node = startNode(
  'correspondent-node',
  "a client's Mobile IPv6: answers return routability, keeps the binding cache, programmes route optimisation",
  z.object({ capacity: z.optional(z.int()) }),
);
const reconciler = new Reconciler();
const poller = FdPoller.open();
const socket = MobilityHeaderSocket.open(poller);
const counters = new Counters();
const role = new CorrespondentNode({ random: randomBytes, ...node.config });
const driver = new RoleDriver(role, act);

socket.onDatagram = (datagram) => driver.handle({ kind: 'datagram', datagram });
reconciler.set('base', correspondentBase());
node.onStop(() => {
  node.log.write('counters', counters.toFields());
  driver.stop();
  socket.close();
  reconciler.clearAll();
  poller.close();
});
node.ready();

function act(output: CorrespondentNodeOutput): void {
  switch (output.kind) {
    case 'transmit':
      socket.send(output);
      return;
    case 'binding':
      programme(output);
      return;
    case 'event':
      if (output.event.kind === 'discarded') counters.add(output.event.reason);
      if (output.event.kind === 'binding-rejected') counters.add(`status-${output.event.status}`);
      node.log.write(output.event.kind, loggable(output.event));
      return;
    default:
      output satisfies never;
  }
}

function programme(binding: CorrespondentBinding): void {
  const group = `binding ${binding.homeAddress}`;
  if (binding.action === 'set') reconciler.set(group, correspondentBinding(binding));
  else reconciler.clear(group);
}
