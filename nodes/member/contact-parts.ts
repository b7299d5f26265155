import { applicationName } from '../../applications/registry.ts';
import type { ServerApplication } from '../../applications/server-application.ts';
import { memberBase } from '../../linux/recipes/member.ts';
import { StraySegmentMonitor } from '../../linux/stray-segment-monitor.ts';
import { descriptorOf } from '../../linux/tcp/node-socket.ts';
import { whenDrained } from '../../linux/tcp/queue.ts';
import type { Ipv6Address } from '../../mip6/wire/address.ts';
import { attentionTo } from '../../server/attention.ts';
import type { HandoffFrame } from '../../server/channel/channel-frames.ts';
import type { EventWriter } from '../support/event-log.ts';
import { RoleLog } from '../support/role-log.ts';
import { BoundClients, type BoundClientsOptions } from './contact/bound-clients.ts';
import { groupPlan } from './contact/contact-plan.ts';
import type { ContactRecord, ContactRecordFile } from './contact/contact-record.ts';
import { ContactRole, type ContactRoleOptions } from './contact/contact-role.ts';
import { ContactService } from './contact/contact-service.ts';
import { MemberPaths } from './contact/member-paths.ts';
import type { ContactHost } from './contact-host.ts';
import type { ContactSettings } from './contact-settings.ts';
import { FrameGate } from './frame-gate.ts';
import { withInitialWindow } from './initial-window.ts';
import { MemberServer, type MemberServerOptions } from './member-server.ts';
import { Mobility, type MobilityOptions } from './mobility.ts';
import { createPlainClients, patienceOf } from './plain/create-plain-clients.ts';
import type { PlainClientService } from './plain/plain-clients.ts';

/** What all parts of a contact address have in common. */
export interface ContactPlace {
  readonly settings: ContactSettings;
  readonly host: ContactHost;
  /** says which contact address an event is of, where there are several */
  readonly log: EventWriter;
}

/** This member creates the contact address. */
export function isFounder({ settings, host }: ContactPlace): boolean {
  return settings.contactNode === host.careOfAddress;
}

/** What names no contact address is of this one. */
export function isFirst({ settings }: ContactPlace): boolean {
  return settings.index === 0;
}

const defaultLeaseMs = 5000;
const defaultReleaseMs = 5000;
/** where there is no group; and how many of them an acceptor may have been silent for before it is asked */
const defaultHeartbeatMs = 500;
const HEARTBEATS = 2;

export function createPaths(place: ContactPlace): MemberPaths {
  const { contactAddress: homeAddress, contactNode, names } = place.settings;
  const { hold, tunnels } = place.host;
  hold.reconciler.set(`base ${homeAddress}`, memberBase({ homeAddress }));
  const paths = new MemberPaths(hold.reconciler, homeAddress, names, tunnels);
  if (!isFounder(place)) paths.follow(contactNode);
  return paths;
}

export function createMobility(
  { settings, host, log }: ContactPlace,
  told: Pick<MobilityOptions, 'onEvent' | 'onLettingGo'>,
): Mobility {
  const { config, careOfAddress, headers, hold } = host;
  const { contactAddress: homeAddress, homeAgent, names } = settings;
  return new Mobility({
    homeAddress,
    careOfAddress,
    homeAgent,
    names,
    bindingLifetimeSeconds: config.bindingLifetimeSeconds,
    patience: patienceOf(config),
    headers,
    reconciler: hold.reconciler,
    log,
    ...told,
  });
}

export function createRole(
  { settings, host, log }: ContactPlace,
  parts: Pick<ContactRoleOptions, 'beforeRegistration' | 'mobility' | 'onEntry' | 'paths'>,
): ContactRole {
  const { config, careOfAddress, poller } = host;
  return new ContactRole({
    careOfAddress,
    contactAddress: settings.contactAddress,
    homeLifetimeSeconds: config.homeLifetimeSeconds,
    poller,
    log,
    ...parts,
  });
}

interface PlainParts {
  readonly mobility: Mobility;
  readonly paths: MemberPaths;
  readonly role: ContactRole;
  service(): ContactService | undefined;
  server(): MemberServer;
}

export function createPlain({ settings, host, log }: ContactPlace, parts: PlainParts): PlainClientService {
  const { config, hold, send } = host;
  const { mobility, paths, role, server, service } = parts;
  return createPlainClients(config, settings.contactAddress, {
    mobility,
    isBound: (client) => mobility.bindings.some(({ correspondent }) => correspondent === client),
    reconciler: hold.reconciler,
    paths,
    role,
    log,
    // With a group it may be any of several, and is not known before the first word of it.
    contactNode: () => (settings.group === undefined ? settings.contactNode : service()?.contactNode),
    send,
    delivers: (socket) => server().delivers(socket),
    onAnswer: (answer) => server().onAnswer(answer),
  });
}

interface ServerParts {
  readonly application: ServerApplication;
  readonly mobility: Mobility;
  readonly paths: MemberPaths;
  readonly plain: PlainClientService;
  isElsewhere(client: Ipv6Address): boolean;
}

export function createServer(place: ContactPlace, parts: ServerParts): MemberServer {
  const { settings, host, log } = place;
  const { can, config, poller, hold, membership, signsOf, takes } = host;
  const { application, mobility, plain, paths, isElsewhere } = parts;
  const { table } = paths.names;
  const ofDonors = new RoleLog(log);
  const heartbeatMs = settings.group?.heartbeatMs ?? defaultHeartbeatMs;
  const freshMs = config.acceptorHeardMs ?? HEARTBEATS * heartbeatMs;
  return new MemberServer(
    {
      contactAddress: settings.contactAddress,
      servicePort: config.servicePort,
      group: host.group,
      applicationName: applicationName(settings.application),
      sendBuffer: config.sendBuffer,
      doneTimeoutMs: config.doneTimeoutMs,
      leaseMs: config.leaseMs ?? defaultLeaseMs,
      mobility,
      plain,
      poller,
      log,
      ...(membership === undefined ? {} : { membership }),
      ...survivalOf(place),
      readsOptions: (peer) => can(peer, 'socketOptions'),
      attentionTo: (peer) => {
        const signs = freshMs > 0 && takes(peer, 'ask') ? signsOf(peer) : undefined;
        return signs && attentionTo(signs, freshMs);
      },
      members: host.peers,
      isElsewhere,
      takesClaims: (peer) => takes(peer, 'claim'),
      takesVariants: (peer) => can(peer, 'variants'),
      takesManyVariants: (peer) => can(peer, 'manyVariants'),
      isPlain: (client) => plain.isPlain(client),
      send: (peer, frame) => sendOfClient(place, peer, plain.outgoing(peer, frame)),
      whenDrained: (socket, signal) => whenDrained(poller, descriptorOf(socket), signal),
      restoring: (client) => ({
        sendBuffer: config.sendBuffer,
        onOptionProblem: (problem) => ofDonors.write({ kind: 'socket-option-not-set', client, ...problem }),
        withInitialWindow: (segments, connect) =>
          withInitialWindow(hold.reconciler, { client, table, device: paths.device, segments }, connect),
      }),
    },
    application,
  );
}

/** Nothing without replicas. */
function survivalOf({ settings, host }: ContactPlace): Pick<MemberServerOptions, 'survival'> {
  const { group } = settings;
  const { can, careOfAddress, membership, peers, send } = host;
  if (group === undefined || (group.replicas ?? 0) === 0) return {};
  const keeps = (peer: Ipv6Address): boolean => can(peer, 'replicas');
  // Without a policy the next in the order of the addresses.
  const next = (except: readonly Ipv6Address[]): Ipv6Address | undefined => {
    const all = peers().filter((peer) => keeps(peer) && !except.includes(peer));
    const ordered = all.toSorted((a, b) => (a < b ? -1 : 1));
    return ordered.find((peer) => peer > careOfAddress) ?? ordered[0];
  };
  return {
    survival: {
      beatMs: group.heartbeatMs,
      silentMs: () => group.suspectMs,
      send,
      chooseBackup: (client, except) =>
        membership === undefined
          ? Promise.resolve(next(except))
          : membership.chooseAcceptor(
              client,
              new Set([...except, ...peers().filter((peer) => !keeps(peer))]),
            ),
    },
  };
}

/** A frame of a handoff; of the first contact address without a word of which: so it is where there is only one. */
function sendOfClient(place: ContactPlace, peer: Ipv6Address, frame: HandoffFrame): boolean {
  const { contactAddress } = place.settings;
  return place.host.send(peer, isFirst(place) ? frame : { kind: 'of-contact', contactAddress, frame });
}

/** `groupPlan`'s order decides whose word about terms is heard; without a group nobody's is. */
export function createGate({ settings, host, log }: ContactPlace): FrameGate {
  const { config, group, send } = host;
  const order = groupPlan(config, settings, undefined)?.order ?? [];
  const plan = { group, servicePort: config.servicePort, order };
  return new FrameGate({ plan, log, send });
}

/** Undefined without a group. */
export function createBoundClients(
  { settings, host, log }: ContactPlace,
  parts: Pick<BoundClientsOptions, 'contactNode' | 'mobility' | 'role'> & { readonly server: MemberServer },
): BoundClients | undefined {
  const { config, careOfAddress, living, poller, send, takes } = host;
  const { contactAddress, group } = settings;
  const { server, ...rest } = parts;
  if (group === undefined) return undefined;
  const monitor = new StraySegmentMonitor(poller, contactAddress);
  const bound = new BoundClients({
    careOfAddress,
    contactAddress,
    bindingLifetimeMs: config.bindingLifetimeSeconds * 1000,
    holdOffMs: group.releaseMs ?? defaultReleaseMs,
    patienceMs: config.doneTimeoutMs,
    ...rest,
    log,
    isHere: (client) => server.clients.includes(client),
    living: () => living('contact-survey'),
    hearsOfStrays: (member) => takes(member, 'contact-stray'),
    keepOff: (clients) => {
      server.keepOff(clients);
      monitor.watch(clients);
    },
    send,
  });
  monitor.onSegment = (client) => bound.seen(client);
  return bound;
}

/** `record`: where the term is kept; `earlier`: what stood there when the process started. */
export interface KeptTerm {
  readonly record: ContactRecordFile;
  readonly earlier: ContactRecord | undefined;
}

/** Undefined without a group. */
export function createService(
  place: ContactPlace,
  parts: {
    readonly role: ContactRole;
    readonly paths: MemberPaths;
    readonly plain: PlainClientService;
    readonly bound: BoundClients | undefined;
  },
  { record, earlier }: KeptTerm,
): ContactService | undefined {
  const { settings, host, log } = place;
  const { config, careOfAddress, peers, send, onReady } = host;
  const { associations, contactAddress, homeAgent } = settings;
  const { role, paths, plain, bound } = parts;
  const plan = groupPlan(config, settings, earlier?.epoch);
  if (plan === undefined) return undefined;
  const founds = isFounder(place) && associations !== undefined;
  return new ContactService({
    plan,
    peers,
    ...(founds ? { founding: { homeAgent, ...associations } } : {}),
    role,
    paths,
    record,
    log,
    send,
    onReleased: () => {
      bound?.outOfOffice();
      host.publication?.released(contactAddress);
    },
    onContactNode: (contactNode) => {
      if (contactNode !== careOfAddress) plain.onContactNode([]);
      bound?.onContactNode(contactNode);
      onReady();
    },
  });
}
