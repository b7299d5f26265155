import { FdPoller } from '../../linux/fd-poller.ts';
import { applyNftScript } from '../../linux/nft.ts';
import { acceptorRouting, memberBase, memberTunnel } from '../../linux/recipes/member.ts';
import { memberFirewall, withoutMemberFirewall } from '../../linux/recipes/member-firewall.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../linux/tcp/queue.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { createApplication } from '../applications/registry.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { MemberChannel } from './channel.ts';
import { plainChannel, tlsChannel } from './channel-security.ts';
import { memberConfig } from './config.ts';
import { HomeTestRelay } from './home-test-relay.ts';
import { withInitialWindow } from './initial-window.ts';
import { MemberServer } from './member-server.ts';
import { Mobility } from './mobility.ts';

const defaultLeaseMs = 5000;

/** A member node: mobile node towards home agent and clients, server towards applications. */
const node = startNode('member', 'a member of an ad hoc distributed server', memberConfig);
const { config, log } = node;
if (config.failAt !== undefined) dieAt(config.failAt);
const careOfAddress = ipv6(config.careOfAddress);
const homeAddress = ipv6(config.contactAddress);
const contact = ipv6(config.contactNode);
const peers = config.peers.map(ipv6);
const isContact = contact === careOfAddress;

const poller = FdPoller.open();
const hold = new KernelHold(node, config.associations === undefined ? [] : [config.associations]);
const { reconciler } = hold;
reconciler.set('base', memberBase({ homeAddress }));
applyNftScript(memberFirewall({ homeAddress }));
const tunnels = memberTunnels();

const mobility = new Mobility({
  homeAddress,
  careOfAddress,
  homeAgent: ipv6(config.homeAgent),
  associations: config.associations && hold.continued(config.associations),
  bindingLifetimeSeconds: config.bindingLifetimeSeconds,
  poller,
  reconciler,
  log,
  onEvent: (event) => {
    if (event.kind === 'unmatched-home-test') relay?.relay(event);
    if (event.kind === 'home-registered') becomeReady();
    server.onMobilityEvent(event);
  },
});
const relay = isContact ? new HomeTestRelay(careOfAddress, tunnels, poller, log) : undefined;
const channel = new MemberChannel({
  careOfAddress,
  port: config.channelPort,
  peers,
  security:
    config.channelKey === undefined
      ? plainChannel
      : tlsChannel(Buffer.from(config.channelKey, 'hex'), careOfAddress, config.channelKeyLog),
  onFrame: (peer, frame) => server.onFrame(peer, frame),
  onPeer: (peer, change) => {
    log.write(`peer-${change}`, { peer });
    if (channel.complete) becomeReady();
    server.onPeer(peer, change);
  },
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
    poller,
    log,
    send: (peer, frame) => channel.send(peer, frame),
    whenDrained: (socket, signal) => whenDrained(poller, descriptorOf(socket), signal),
    restoring: (client) => ({
      sendBuffer: config.sendBuffer,
      withInitialWindow: (segments, connect) =>
        withInitialWindow(reconciler, { client, device: isContact ? 'tha' : 'tmem0', segments }, connect),
    }),
  },
  application,
);
application.start({ contactAddress: homeAddress, servicePort: config.servicePort, server, log });
server.listen();

let registered = !isContact;
let ready = false;
if (isContact) mobility.registerHome(config.homeLifetimeSeconds);

node.onStop(() => {
  log.write('counters', { ...mobility.counters(hold), ...relay?.counters.snapshot(), ...channel.counters });
  application.close();
  server.close();
  channel.close();
  relay?.close();
  mobility.close();
  poller.close();
  applyNftScript(withoutMemberFirewall);
  hold.release();
});

/** Serves once the contact address is registered (contact node) and the channels to all peers stand. */
function becomeReady(): void {
  registered ||= isContact && mobility.homeRegistered;
  if (ready || !registered || !channel.complete) return;
  ready = true;
  node.ready();
}

/** One tunnel per other member at the contact node, one to the contact node elsewhere; interface name → its far end. */
function memberTunnels(): Map<string, Ipv6Address> {
  const made = new Map<string, Ipv6Address>();
  for (const [index, remote] of (isContact ? peers : [contact]).entries()) {
    const name = `tmem${index}`;
    reconciler.set(`tunnel ${remote}`, memberTunnel({ name, local: careOfAddress, remote }));
    made.set(name, remote);
  }
  if (!isContact) reconciler.set('routing', acceptorRouting({ homeAddress, tunnelName: 'tmem0' }));
  return made;
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
