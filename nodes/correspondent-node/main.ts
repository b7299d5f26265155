import { randomBytes } from 'node:crypto';
import { BindingErrorMonitor } from '../../linux/binding-error-monitor.ts';
import { FdPoller } from '../../linux/fd-poller.ts';
import { MobilityHeaderSocket } from '../../linux/mobility-header-socket.ts';
import { correspondentBase, correspondentBinding } from '../../linux/recipes/correspondent.ts';
import { CorrespondentNode } from '../../mip6/roles/correspondent-node.ts';
import type {
  CorrespondentBinding,
  CorrespondentNodeConfig,
  CorrespondentNodeOutput,
} from '../../mip6/roles/correspondent-node-types.ts';
import { countersOf } from '../support/counters.ts';
import { GuardedSender } from '../support/guarded-sender.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { RoleDriver } from '../support/role-driver.ts';
import { RoleLog } from '../support/role-log.ts';
import { correspondentNodeConfig } from './config.ts';

/** The correspondent-node daemon (RFC 6275 §9): beside any application on a client, and independent of it. */
const node = startNode(
  'correspondent-node',
  "a client's Mobile IPv6: answers return routability, keeps the binding cache, programmes route optimisation",
  correspondentNodeConfig,
);
const hold = new KernelHold(node);
const poller = FdPoller.open();
const socket = MobilityHeaderSocket.open(poller);
const reports = BindingErrorMonitor.open(poller);
const sender = new GuardedSender(socket, node.log);
const roleLog = new RoleLog(node.log);
const role = new CorrespondentNode({ random: randomBytes, ...given(node.config) });
const driver = new RoleDriver(role, act);

node.onStop(() => {
  node.log.write('counters', countersOf(role, sender, hold));
  driver.stop();
  reports.close();
  socket.close();
  poller.close();
  hold.release();
});
socket.onDatagram = (datagram) => driver.handle({ kind: 'datagram', datagram });
reports.onUnknown = (dropped) => {
  const report = { kind: 'unknown-home-address-option', ...dropped } as const;
  roleLog.write(report);
  driver.handle(report);
};
hold.reconciler.set('base', correspondentBase());
node.ready();

function act(output: CorrespondentNodeOutput): void {
  switch (output.kind) {
    case 'transmit':
      sender.send(output);
      return;
    case 'binding':
      programme(output);
      return;
    case 'event':
      roleLog.write(output.event);
      return;
    default:
      output satisfies never;
  }
}

function programme(binding: CorrespondentBinding): void {
  const group = `binding ${binding.correspondent} ${binding.homeAddress}`;
  if (binding.action === 'set') hold.reconciler.set(group, correspondentBinding(binding));
  else hold.reconciler.clear(group);
}

/** The settings that were given: an absent one is not one that is undefined. */
function given(settings: typeof node.config): Omit<CorrespondentNodeConfig, 'random'> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
