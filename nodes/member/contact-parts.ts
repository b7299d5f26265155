import { applicationName } from '../../applications/registry.ts';
import { StraySegmentMonitor } from '../../linux/stray-segment-monitor.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../linux/tcp/queue.ts';
import type { MobileNodeEvent } from '../../mip6/roles/mobile-node/mobile-node-types.ts';
import { attentionTo } from '../../server/attention.ts';
import { RoleLog } from '../support/role-log.ts';
import { BoundClients } from './contact/bound-clients.ts';
import { groupPlan } from './contact/contact-plan.ts';
import type { ContactRecord, ContactRecordFile } from './contact/contact-record.ts';
import { ContactRole } from './contact/contact-role.ts';
import { ContactService } from './contact/contact-service.ts';
import type { ContactUnit } from './contact-unit.ts';
import { FrameGate } from './frame-gate.ts';
import { withInitialWindow } from './initial-window.ts';
import { MemberServer } from './member-server.ts';
import { Mobility } from './mobility.ts';
import { createPlainClients, patienceOf } from './plain/create-plain-clients.ts';
import type { PlainClientService } from './plain/plain-clients.ts';

/*
 * The parts of a contact unit, made in this order; what one has to tell another goes by way of the unit.
 */

const defaultLeaseMs = 5000;
const defaultReleaseMs = 5000;
/** where there is no group; and how many of them an acceptor may have been silent for before it is asked */
const defaultHeartbeatMs = 500;
const HEARTBEATS = 2;

export function createMobility(unit: ContactUnit, onEvent: (event: MobileNodeEvent) => void): Mobility {
  const { config, careOfAddress, headers, hold } = unit.host;
  const { contactAddress: homeAddress, homeAgent, names } = unit.settings;
  return new Mobility({
    homeAddress,
    careOfAddress,
    homeAgent,
    names,
    bindingLifetimeSeconds: config.bindingLifetimeSeconds,
    patience: patienceOf(config),
    headers,
    reconciler: hold.reconciler,
    log: unit.log,
    onLettingGo: (client) => unit.bound?.letsGo(client),
    onEvent,
  });
}

export function createRole(unit: ContactUnit): ContactRole {
  const { config, careOfAddress, poller } = unit.host;
  return new ContactRole({
    careOfAddress,
    contactAddress: unit.settings.contactAddress,
    homeLifetimeSeconds: config.homeLifetimeSeconds,
    mobility: unit.mobility,
    paths: unit.paths,
    poller,
    log: unit.log,
    onEntry: (entry) => unit.service?.replicate(entry),
    beforeRegistration: (entries) => {
      unit.plain.onContactNode(entries);
      unit.server.inOffice();
    },
  });
}

export function createPlain(unit: ContactUnit): PlainClientService {
  const { config, hold, send } = unit.host;
  const { contactAddress, contactNode } = unit.settings;
  return createPlainClients(config, contactAddress, {
    mobility: unit.mobility,
    isBound: (client) => unit.mobility.bindings.some(({ correspondent }) => correspondent === client),
    reconciler: hold.reconciler,
    paths: unit.paths,
    role: unit.role,
    log: unit.log,
    // With a group it may be any of several, and is not known before the first word of it.
    contactNode: () => (unit.service === undefined ? contactNode : unit.service.contactNode),
    send,
    delivers: (socket) => unit.server.delivers(socket),
    onEvent: (event) => unit.server.onMobilityEvent(event),
  });
}

export function createServer(unit: ContactUnit): MemberServer {
  const { can, config, poller, hold, membership, signsOf, takes } = unit.host;
  const { mobility, plain, paths } = unit;
  const { table } = paths.names;
  const ofDonors = new RoleLog(unit.log);
  const heartbeatMs = unit.settings.group?.heartbeatMs ?? defaultHeartbeatMs;
  const freshMs = config.acceptorHeardMs ?? HEARTBEATS * heartbeatMs;
  return new MemberServer(
    {
      contactAddress: unit.settings.contactAddress,
      servicePort: config.servicePort,
      group: unit.host.group,
      applicationName: applicationName(unit.settings.application),
      sendBuffer: config.sendBuffer,
      doneTimeoutMs: config.doneTimeoutMs,
      leaseMs: config.leaseMs ?? defaultLeaseMs,
      mobility,
      plain,
      poller,
      log: unit.log,
      ...(membership === undefined ? {} : { membership }),
      readsOptions: (peer) => can(peer, 'socketOptions'),
      attentionTo: (peer) => {
        const signs = freshMs > 0 && takes(peer, 'ask') ? signsOf(peer) : undefined;
        return signs && attentionTo(signs, freshMs);
      },
      isElsewhere: (client) => unit.bound?.isElsewhere(client) === true,
      takesClaims: (peer) => takes(peer, 'claim'),
      send: (peer, frame) => unit.sendOfClient(peer, plain.outgoing(peer, frame)),
      whenDrained: (socket, signal) => whenDrained(poller, descriptorOf(socket), signal),
      restoring: (client) => ({
        sendBuffer: config.sendBuffer,
        onOptionProblem: (problem) => ofDonors.write({ kind: 'socket-option-not-set', client, ...problem }),
        withInitialWindow: (segments, connect) =>
          withInitialWindow(hold.reconciler, { client, table, device: paths.device, segments }, connect),
      }),
    },
    unit.application,
  );
}

/** `groupPlan`'s order decides whose word about terms is heard; without a group nobody's is. */
export function createGate(unit: ContactUnit): FrameGate {
  const { config, group, send } = unit.host;
  const order = groupPlan(config, unit.settings, undefined)?.order ?? [];
  const plan = { group, servicePort: config.servicePort, order };
  return new FrameGate({ plan, log: unit.log, send });
}

/** Undefined without a group. */
export function createBoundClients(unit: ContactUnit): BoundClients | undefined {
  const { config, careOfAddress, living, poller, send, takes } = unit.host;
  const { contactAddress, group } = unit.settings;
  if (group === undefined) return undefined;
  const monitor = new StraySegmentMonitor(poller, contactAddress);
  const bound = new BoundClients({
    careOfAddress,
    contactAddress,
    bindingLifetimeMs: config.bindingLifetimeSeconds * 1000,
    holdOffMs: group.releaseMs ?? defaultReleaseMs,
    patienceMs: config.doneTimeoutMs,
    mobility: unit.mobility,
    role: unit.role,
    log: unit.log,
    contactNode: () => unit.service?.contactNode,
    isHere: (client) => unit.server.clients.includes(client),
    living: () => living('contact-survey'),
    hearsOfStrays: (member) => takes(member, 'contact-stray'),
    keepOff: (clients) => {
      unit.server.keepOff(clients);
      monitor.watch(clients);
    },
    send,
  });
  monitor.onSegment = (client) => bound.seen(client);
  return bound;
}

/** `record`: where the term is kept; `earlier`: what stood there when the process started. Undefined without a group. */
export function createService(
  unit: ContactUnit,
  record: ContactRecordFile,
  earlier: ContactRecord | undefined,
): ContactService | undefined {
  const { config, careOfAddress, peers, send, onReady } = unit.host;
  const { associations, homeAgent } = unit.settings;
  const plan = groupPlan(config, unit.settings, earlier?.epoch);
  if (plan === undefined) return undefined;
  const founds = unit.isFounder && associations !== undefined;
  return new ContactService({
    plan,
    peers,
    ...(founds ? { founding: { homeAgent, ...associations } } : {}),
    role: unit.role,
    paths: unit.paths,
    record,
    log: unit.log,
    send,
    onReleased: () => {
      unit.bound?.outOfOffice();
      unit.host.publication?.released(unit.settings.contactAddress);
    },
    onContactNode: (contactNode) => {
      if (contactNode !== careOfAddress) unit.plain.onContactNode([]);
      unit.bound?.onContactNode(contactNode);
      onReady();
    },
  });
}
