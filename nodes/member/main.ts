import { FdPoller } from '../../linux/fd-poller.ts';
import { applyNftScript } from '../../linux/nft.ts';
import { memberBase } from '../../linux/recipes/member.ts';
import { memberFirewall, withoutMemberFirewall } from '../../linux/recipes/member-firewall.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../linux/tcp/queue.ts';
import { ipv6 } from '../../mip6/wire/address.ts';
import { isForwardingFrame } from '../../server/clients/forwarding-frames.ts';
import { isGroupFrame } from '../../server/group-frames.ts';
import { createApplication } from '../applications/registry.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { MemberChannel } from './channel.ts';
import { plainChannel, tlsChannel } from './channel-security.ts';
import { memberConfig } from './config.ts';
import { groupPlan } from './contact/contact-plan.ts';
import { ContactRecordFile } from './contact/contact-record.ts';
import { ContactRole } from './contact/contact-role.ts';
import { ContactService } from './contact/contact-service.ts';
import { MemberPaths } from './contact/member-paths.ts';
import { withInitialWindow } from './initial-window.ts';
import { MemberServer } from './member-server.ts';
import { Mobility } from './mobility.ts';
import { createPlainClients, patienceOf } from './plain/create-plain-clients.ts';

const defaultLeaseMs = 5000;
const defaultChannelTimeoutMs = 5000;

/** A member node: mobile node towards home agent and clients, server towards applications. */
const node = startNode('member', 'a member of an ad hoc distributed server', memberConfig);
const { config, log } = node;
if (config.failAt !== undefined) dieAt(config.failAt);
const careOfAddress = ipv6(config.careOfAddress);
const homeAddress = ipv6(config.contactAddress);
const contact = ipv6(config.contactNode);
const peers = config.peers.map(ipv6);
const isFounder = contact === careOfAddress;
const record = new ContactRecordFile(node.statePath);
const earlier = config.group === undefined ? undefined : record.read();

const poller = FdPoller.open();
const hold = new KernelHold(
  node,
  config.associations === undefined ? [] : [config.associations],
  earlier?.securityParameterIndices,
);
const { reconciler } = hold;
reconciler.set('base', memberBase({ homeAddress }));
applyNftScript(memberFirewall({ homeAddress }));
// Without a group the contact node stays: no other member needs a tunnel to any but that one.
const everyPeer = isFounder || config.group !== undefined;
const paths = new MemberPaths(reconciler, { homeAddress, careOfAddress }, everyPeer ? peers : [contact]);
if (!isFounder) paths.follow(contact);

const mobility = new Mobility({
  homeAddress,
  careOfAddress,
  homeAgent: ipv6(config.homeAgent),
  bindingLifetimeSeconds: config.bindingLifetimeSeconds,
  patience: patienceOf(config),
  poller,
  reconciler,
  log,
  onEvent: (event) => {
    contactRole.onMobilityEvent(event);
    service?.onMobilityEvent(event);
    if (event.kind === 'home-registered') becomeReady();
    plain.onMobilityEvent(event);
    server.onMobilityEvent(event);
  },
});
const contactRole = new ContactRole({
  careOfAddress,
  homeLifetimeSeconds: config.homeLifetimeSeconds,
  mobility,
  paths,
  poller,
  log,
  onEntry: (entry) => service?.replicate(entry),
  beforeRegistration: (entries) => plain.onContactNode(entries),
});
const plain = createPlainClients(config, {
  mobility,
  reconciler,
  paths,
  role: contactRole,
  log,
  contactNode: () => service?.contactNode ?? contact,
  send: (peer, frame) => channel.send(peer, frame),
  onEvent: (event) => server.onMobilityEvent(event),
});
const channel = new MemberChannel({
  careOfAddress,
  port: config.channelPort,
  peers,
  security:
    config.channelKey === undefined
      ? plainChannel
      : tlsChannel(Buffer.from(config.channelKey, 'hex'), careOfAddress, config.channelKeyLog),
  onFrame: (peer, frame) => {
    if (isGroupFrame(frame)) service?.onFrame(peer, frame);
    else if (isForwardingFrame(frame)) plain.onFrame(peer, frame);
    else {
      plain.incoming(frame);
      server.onFrame(peer, frame);
    }
  },
  onPeer: (peer, change) => {
    log.write(`peer-${change}`, { peer });
    service?.onPeer(peer, change);
    plain.onPeer(peer, change);
    if (channel.complete) becomeReady();
    server.onPeer(peer, change);
  },
  timeoutMs: config.channelTimeoutMs ?? defaultChannelTimeoutMs,
  onRefused: (address, reason) => log.write('channel-refused', { address, reason }),
});
const application = createApplication(config.application);
const server = new MemberServer(
  {
    contactAddress: homeAddress,
    servicePort: config.servicePort,
    sendBuffer: config.sendBuffer,
    doneTimeoutMs: config.doneTimeoutMs,
    leaseMs: config.leaseMs ?? defaultLeaseMs,
    mobility,
    plain,
    poller,
    log,
    send: (peer, frame) => channel.send(peer, plain.outgoing(frame)),
    whenDrained: (socket, signal) => whenDrained(poller, descriptorOf(socket), signal),
    restoring: (client) => ({
      sendBuffer: config.sendBuffer,
      withInitialWindow: (segments, connect) =>
        withInitialWindow(reconciler, { client, device: paths.device, segments }, connect),
    }),
  },
  application,
);
application.start({ contactAddress: homeAddress, servicePort: config.servicePort, server, log });
server.listen();

const plan = groupPlan(config, earlier?.epoch);
const service =
  plan &&
  new ContactService({
    plan,
    peers,
    ...(isFounder && config.associations !== undefined
      ? { founding: { homeAgent: ipv6(config.homeAgent), ...config.associations } }
      : {}),
    role: contactRole,
    paths,
    record,
    log,
    send: (peer, frame) => channel.send(peer, frame),
    onContactNode: (contactNode) => {
      if (contactNode !== careOfAddress) plain.onContactNode([]);
      becomeReady();
    },
  });
let ready = false;
if (service !== undefined) service.start();
else if (isFounder) contactRole.assume(config.associations && hold.continued(config.associations));

if (service !== undefined) node.onLeave((done) => service.leave(done));
node.onStop(() => {
  log.write('counters', {
    ...mobility.counters(hold),
    ...contactRole.counters(),
    ...channel.counters,
    ...plain.counters(),
  });
  application.close();
  server.close();
  channel.close();
  service?.close();
  contactRole.close();
  plain.close();
  mobility.close();
  poller.close();
  applyNftScript(withoutMemberFirewall);
  hold.release();
});

/** Serves once the contact address is registered (contact node), or its node known, and the channels to all peers stand. */
function becomeReady(): void {
  const registered = contactRole.held
    ? mobility.homeRegistered
    : !isFounder || service?.contactNode !== undefined;
  if (ready || !registered || !channel.complete) return;
  ready = true;
  node.ready();
}

/** For tests of failures: ends this process as a power cut would, right behind the first event of this name. */
function dieAt(event: string): void {
  const write = log.write.bind(log);
  log.write = (name, fields) => {
    write(name, fields);
    if (name !== event) return;
    log.flush();
    process.kill(process.pid, 'SIGKILL');
  };
}
