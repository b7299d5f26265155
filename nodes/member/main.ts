import { FdPoller } from '../../linux/fd-poller.ts';
import { applyNftScript } from '../../linux/nft.ts';
import { acceptorRouting, memberBase, memberTunnel } from '../../linux/recipes/member.ts';
import { memberFirewall } from '../../linux/recipes/member-firewall.ts';
import { Reconciler } from '../../linux/reconciler.ts';
import { whenDrained } from '../../linux/tcp/queue.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import { DownloadServer } from '../applications/download-server.ts';
import { startNode } from '../support/node-process.ts';
import { descriptorOf } from '../support/socket-descriptor.ts';
import { MemberChannel } from './channel.ts';
import { memberConfig } from './config.ts';
import { HomeTestRelay } from './home-test-relay.ts';
import { MemberServer } from './member-server.ts';
import { Mobility } from './mobility.ts';

/** A member node: mobile node towards home agent and clients, server towards applications. */
const node = startNode('member', 'a member of an ad hoc distributed server', memberConfig);
const { config, log } = node;
const careOfAddress = ipv6(config.careOfAddress);
const homeAddress = ipv6(config.contactAddress);
const contact = ipv6(config.contactNode);
const peers = config.peers.map(ipv6);
const isContact = contact === careOfAddress;

const poller = FdPoller.open();
const reconciler = new Reconciler();
reconciler.set('base', memberBase({ homeAddress }));
applyNftScript(memberFirewall({ homeAddress }));
const tunnels = memberTunnels();

const mobility = new Mobility({
  homeAddress,
  careOfAddress,
  homeAgent: ipv6(config.homeAgent),
  associations: config.associations,
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
  onFrame: (peer, frame) => server.onFrame(peer, frame),
  onPeer: (peer, up, reason) => {
    log.write(up ? 'peer-up' : 'peer-down', { peer, reason });
    if (up) becomeReady();
    else server.onPeerLost(peer);
  },
});
const application = new DownloadServer(config.application);
const server = new MemberServer(
  {
    contactAddress: homeAddress,
    servicePort: config.servicePort,
    doneTimeoutMs: config.doneTimeoutMs,
    sendBuffer: config.application.sendBuffer,
    mobility,
    channel,
    log,
    whenDrained: (socket, signal) => whenDrained(poller, descriptorOf(socket), signal),
  },
  application,
);
application.attach(server);
server.listen();

let registered = !isContact;
let ready = false;
if (isContact) mobility.registerHome(config.homeLifetimeSeconds);

node.onStop(() => {
  server.close();
  channel.close();
  relay?.close();
  mobility.close();
  reconciler.clearAll();
  poller.close();
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
