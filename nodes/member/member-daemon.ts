import { CLOSE_LIMIT_MS } from '../../applications/server-application.ts';
import { FdPoller } from '../../linux/fd-poller.ts';
import { stopIdleMetrics } from '../../linux/idle-metrics.ts';
import { removeFilterTable, setFilterTable } from '../../linux/nft.ts';
import { memberFirewall, memberTable } from '../../linux/recipes/member-firewall.ts';
import { type Ipv6Address, ipv6 } from '../../mip6/wire/address.ts';
import type { KeyRing } from '../../server/channel/channel-keys.ts';
import { KernelHold } from '../support/kernel-hold.ts';
import { startNode } from '../support/node-process.ts';
import { Observation } from '../support/observation/observation.ts';
import { undo } from '../support/undo.ts';
import { endsWithin } from '../support/within.ts';
import { wasApplications } from './application-guard.ts';
import { MemberChannel, type PeerChange } from './channel.ts';
import { DEFAULT_CHANNEL_TIMEOUT_MS } from './channel-options.ts';
import { KeyedChannel, plainChannel } from './channel-security.ts';
import { trustedPeers } from './contact/contact-plan.ts';
import { ContactRecordFile } from './contact/contact-record.ts';
import { MemberTunnels } from './contact/member-tunnels.ts';
import type { ContactHost } from './contact-host.ts';
import { contactsOf } from './contact-settings.ts';
import { createContactUnit } from './create-contact-unit.ts';
import { dieAt } from './die-at.ts';
import { embedded } from './embedding.ts';
import { groupAddressesOf } from './group-addresses-of.ts';
import { memberConfig } from './member-config.ts';
import { type MemberState, observedMember } from './member-status.ts';
import { createMembership } from './membership/create-membership.ts';
import { MobilityHeaders } from './mobility-headers.ts';
import { Publication } from './publication/publication.ts';
import { takeKeys } from './reload.ts';
import { keyNames, keyRing } from './written-keys.ts';

/** A member node: mobile node towards home agent and clients, server towards applications. */
const node =
  embedded()?.node ??
  startNode('member', 'a member of an ad hoc distributed server', memberConfig, wasApplications);
/** What an end has to take back, at whatever point of the start it comes: the last first. */
const undoings: (() => void)[] = [];
node.onStop(() => undo(undoings));
const { config, log } = node;
if (config.failAt !== undefined) dieAt(config.failAt, log);
const careOfAddress = ipv6(config.careOfAddress);
const peers = config.peers.map(ipv6);
const contacts = contactsOf(config).map((settings) => {
  const record = new ContactRecordFile(node.statePath, settings.index);
  return { settings, record, earlier: settings.group === undefined ? undefined : record.read() };
});

stopIdleMetrics();
const poller = FdPoller.open();
const hold = new KernelHold(
  node,
  contacts.flatMap(({ settings: { associations } }) => (associations === undefined ? [] : [associations])),
  contacts.flatMap(({ earlier }) => earlier?.securityParameterIndices ?? []),
);
// At no instant does the kernel answer for a contact address without the filter.
undoings.push(() => hold.release(() => removeFilterTable(memberTable)));
undoings.push(() => poller.close());
const { signallingDscp: dscp, channelPort } = config;
setFilterTable(
  memberFirewall(
    contacts.map(({ settings }) => settings.contactAddress),
    dscp === undefined ? undefined : { dscp, careOfAddress, channelPort },
  ),
);
hold.watchTable(memberTable);
// Without a group the contact nodes stay: no other member needs a tunnel to any but them.
const contactNodes = contacts.map(({ settings }) => settings.contactNode);
const everyPeer =
  contactNodes.includes(careOfAddress) || contacts.some(({ settings }) => settings.group !== undefined);
const tunnelPeers = everyPeer ? peers : [...new Set(contactNodes)];
const group = groupAddressesOf(
  config,
  contacts.map(({ settings }) => settings),
  (address) => channel.stands(address),
);
const membership = createMembership({
  config,
  group,
  poller,
  log,
  tunnels: () => host.tunnels,
  channel: () => channel,
  units: () => units,
  onReady: becomeReady,
  onLeft: (peer) => peerChanged(peer, 'gone'),
  onForgotten(peer, ended) {
    // First what leads into its tunnel.
    if (!ended) peerChanged(peer, 'gone');
    host.tunnels.remove(peer);
  },
});
const channelTimeoutMs = config.channelTimeoutMs ?? DEFAULT_CHANNEL_TIMEOUT_MS;
const { publication: settings, channelKeyLog } = config;
const publication =
  settings && new Publication({ settings, careOfAddress, channelTimeoutMs, channelKeyLog, log });
undoings.push(() => publication?.close());
const host: ContactHost = {
  publication,
  config,
  careOfAddress,
  peers: () => (membership === undefined ? peers : channel.standing),
  living: (kind) => channel.living(kind),
  group,
  signsOf: (peer) => channel.signsOf(peer),
  takes: (peer, kind) => channel.takes(peer, kind),
  tunnels: new MemberTunnels(hold.reconciler, careOfAddress, tunnelPeers),
  headers: MobilityHeaders.open(poller),
  log,
  poller,
  hold,
  ...(membership === undefined ? {} : { membership: membership.service }),
  can: (peer, capability) => channel.can(peer, capability),
  send: (peer, frame) => channel.send(peer, frame),
  onReady: becomeReady,
};
undoings.push(() => host.headers.close());
const units = contacts.map(({ settings, record, earlier }) =>
  createContactUnit(settings, host, { record, earlier }),
);
const unitOf = new Map(units.map((unit) => [unit.settings.contactAddress, unit]));
const keys = keyRing(config);
const trusted = trustedPeers(
  careOfAddress,
  contacts.map(({ settings }) => settings),
);
const secured =
  keys &&
  new KeyedChannel({
    keys,
    self: careOfAddress,
    isTrusted: (peer) => trusted.has(peer),
    ...(channelKeyLog === undefined ? {} : { keyLogPath: channelKeyLog }),
  });
const channel = new MemberChannel({
  careOfAddress,
  port: config.channelPort,
  peers,
  security: secured ?? plainChannel,
  ...(membership === undefined
    ? {}
    : {
        joining: {
          introducers: membership.introducers,
          limit: membership.limit,
          onFrame: (peer, frame) => membership.service.onFrame(peer, frame),
        },
      }),
  // Of the first contact address is what names none.
  onFrame: (peer, frame) => {
    const named = 'contactAddress' in frame ? unitOf.get(frame.contactAddress) : units[0];
    // A donor waits for an answer, if only that this is none of the server's contact addresses.
    const begins = frame.kind === 'prepare' || frame.kind === 'init';
    const unit = named ?? (begins ? units[0] : undefined);
    unit?.onFrame(peer, frame.kind === 'of-contact' ? frame.frame : frame);
  },
  onPeer: (peer, change) => {
    membership?.service.onPeer(peer, change);
    peerChanged(peer, change);
    if (channel.complete) becomeReady();
  },
  timeoutMs: config.channelTimeoutMs ?? DEFAULT_CHANNEL_TIMEOUT_MS,
  onRefused: (address, reason) => log.write('channel-refused', { address, reason }),
  onFault: (peer, reason) => log.write('channel-fault', { peer, reason }),
  onOddity: (peer, { kind, ...what }) => log.write(kind, { peer, ...what }),
  onKeyRemoved: (peer) => log.write('channel-key-removed', { peer }),
});
undoings.push(() => channel.close());
undoings.push(() => membership?.close());
for (const unit of units) undoings.push(() => unit.close());
for (const unit of units) undoings.push(() => unit.writeCounters(channel.counters));
let state: MemberState = 'starting';
/** as last read */
let current = config;
const observation = new Observation(config.observe, () => {
  const ring = keyRing(current);
  return observedMember({
    careOfAddress,
    state,
    contacts: units.map((unit) => unit.observe()),
    peers: channel.keyings,
    keys: ring && keyNames(ring),
    counters: { ...channel.counters, ...hold.droppedByKernel() },
  });
});
undoings.push(() => observation.close());
for (const unit of units) unit.start();

const leaveServer = membership?.leave ?? leave;
const leavesServer = membership !== undefined || units.some(({ service }) => service !== undefined);
node.onLeave((done) => {
  state = 'leaving';
  const left = (): void => void closeApplications().then(done);
  if (publication !== undefined)
    void Promise.all(units.map((unit) => unit.retire())).then(() => leaveServer(left));
  else if (leavesServer) leaveServer(left);
  else left();
});
node.onReload((changed) => {
  const members = { renew: (ring: KeyRing) => secured?.renew(ring), rekeyed: () => channel.rekeyed() };
  current = takeKeys(current, changed, { members, publication }, log);
});

function peerChanged(peer: Ipv6Address, change: PeerChange): void {
  log.write(`peer-${change}`, { peer });
  for (const unit of units) unit.onPeer(peer, change);
}

/** What applications have to do at their end; one that takes too long is not waited for. */
async function closeApplications(): Promise<void> {
  const closed = Promise.all(units.map((unit) => unit.closeApplication()));
  if (!(await endsWithin(CLOSE_LIMIT_MS, closed)))
    log.write('application-not-closed', { limitMs: CLOSE_LIMIT_MS });
}

/** Hands over all contact addresses that this member holds, at once. */
function leave(done: () => void): void {
  let holding = units.length;
  for (const unit of units)
    unit.leave(() => {
      holding--;
      if (holding === 0) done();
    });
}

/** Serves once the contact addresses have their nodes and the channels to all peers stand. */
function becomeReady(): void {
  if (state !== 'starting' || !channel.complete || units.some((unit) => !unit.ready)) return;
  if (membership?.ready === false) return;
  state = 'serving';
  node.ready();
  membership?.service.become('serving');
}
